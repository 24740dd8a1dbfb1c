import type { Counter } from 'prom-client';
import type { HealthCheck } from '../api/http/health.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { type Log, RateLimit } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { tickFailures } from '../metrics/families/tick-failures.ts';
import type { Source } from './source.ts';

const MINUTE_MS = 60_000;

/** Live while the last tick began less than so many intervals ago, ready while the snapshot did. */
const FRESH_INTERVALS = 4;
/** At the least: a busy machine may need as long for one tick, however short the interval. */
const FRESH_MS = 1000;

/** Turns looks into snapshots, and keeps the last good one. */
export class Monitor {
  readonly #source: Source;
  readonly #ledger: Ledger;
  readonly #exposition: Exposition;
  readonly #log: Log;
  /** Ten minutes of silence: a day of nothing but failures stays readable. */
  readonly #warnings = new RateLimit(10 * MINUTE_MS);
  readonly #failures: Counter;
  readonly #watchers = new Set<() => void>();
  #failed = 0;
  #snapshot: Snapshot | undefined;
  #revision = 0;
  #beganMs = performance.now();
  /** When the tick of the snapshot began. A tape's own time is of another day. */
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(source: Source, ledger: Ledger, exposition: Exposition, log: Log) {
    this.#source = source;
    this.#ledger = ledger;
    this.#exposition = exposition;
    this.#failures = tickFailures(exposition.registry);
    this.#log = log;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Counts ticks, good and failed: what is shown changes with it. */
  get revision(): number {
    return this.#revision;
  }

  /** Calls back after each new snapshot, until what is returned is called. */
  watch(onSnapshot: () => void): () => void {
    this.#watchers.add(onSnapshot);
    return () => void this.#watchers.delete(onSnapshot);
  }

  /** One look, one snapshot. Throws what went wrong. */
  async tick(signal: AbortSignal): Promise<void> {
    this.#beganMs = performance.now();
    try {
      const { reading, attribution } = await this.#source.look(signal);
      this.#snapshot = this.#ledger.update(reading, attribution);
      this.#takenMs = this.#beganMs;
      await this.#source.acknowledge(signal);
      this.#exposition.observeTick((performance.now() - this.#beganMs) / 1000);
    } finally {
      this.#revision++;
    }
    for (const onSnapshot of this.#watchers) onSnapshot();
  }

  /** The same for who must go on: a failure is a warning and a count. */
  async tryTick(signal: AbortSignal): Promise<void> {
    try {
      await this.tick(signal);
      if (this.#failed > 0) this.#log.info({ failed: this.#failed }, 'tables can be read again');
      this.#failed = 0;
      this.#warnings.reset();
    } catch (err) {
      if (signal.aborted) return;
      this.#failed++;
      this.#failures.inc();
      const unsaid = this.#warnings.admit(performance.now());
      if (unsaid !== undefined) {
        this.#log.warn({ err, unsaid }, 'tick failed; the last snapshot stays');
      }
    }
  }

  live(): HealthCheck[] {
    const agoMs = performance.now() - this.#beganMs;
    const detail = `the last one began ${secondsText(agoMs)} ago`;
    return [{ name: 'tick', ok: this.#isFresh(agoMs), detail }];
  }

  ready(): HealthCheck[] {
    if (!this.#snapshot) return [{ name: 'snapshot', ok: false, detail: 'none yet' }];
    const ageMs = performance.now() - this.#takenMs;
    const ok = this.#isFresh(ageMs);
    const why = ok ? '' : `; failed ticks since: ${this.#failed}, see the log`;
    return [{ name: 'snapshot', ok, detail: `${secondsText(ageMs)} old${why}` }];
  }

  #isFresh(agoMs: number): boolean {
    return agoMs < Math.max(FRESH_MS, FRESH_INTERVALS * this.#source.intervalMs);
  }
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

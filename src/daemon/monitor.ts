import type { Counter } from 'prom-client';
import type { HealthCheck } from '../api/http/health.ts';
import type { Flow } from '../core/flow/flow.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { runTick, type Tick, type TickSteps } from '../core/tick.ts';
import { type Log, RateLimit } from '../log.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { tickFailures } from '../metrics/families/tick-failures.ts';
import type { Source } from './source.ts';

const MINUTE_MS = 60_000;

/** Live if the last tick began within this many intervals; ready if the snapshot's tick did. */
const FRESH_INTERVALS = 4;
/** Lower limit of that time, because one tick can take this long on a busy host. */
const FRESH_MS = 1000;

/** Runs a tick for each reading, and keeps the result of the last good one. */
export class Monitor {
  readonly #source: Source;
  readonly #steps: TickSteps;
  readonly #exposition: Exposition;
  readonly #log: Log;
  /** One warning in ten minutes keeps the log of a failing day readable. */
  readonly #warnings = new RateLimit(10 * MINUTE_MS);
  readonly #failures: Counter;
  readonly #watchers = new Set<() => void>();
  #failed = 0;
  #tick: Tick | undefined;
  #revision = 0;
  #beganMs = performance.now();
  /** When the snapshot's tick began. Wall time does not work for a tape. */
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(source: Source, steps: TickSteps, exposition: Exposition, log: Log) {
    this.#source = source;
    this.#steps = steps;
    this.#exposition = exposition;
    this.#failures = tickFailures(exposition.registry);
    this.#log = log;
  }

  get snapshot(): Snapshot | undefined {
    return this.#tick?.snapshot;
  }

  /** The connections of the snapshot's tick; undefined before the first. */
  connections(): readonly Flow[] | undefined {
    return this.#tick?.connections();
  }

  /** Number of ticks, including failed ones. Output changes only when it does. */
  get revision(): number {
    return this.#revision;
  }

  /** Calls back after each new snapshot. Returns a function that ends this. */
  watch(onSnapshot: () => void): () => void {
    this.#watchers.add(onSnapshot);
    return () => void this.#watchers.delete(onSnapshot);
  }

  /** Reads once, and replaces the snapshot. Throws on failure. */
  async tick(signal: AbortSignal): Promise<void> {
    this.#beganMs = performance.now();
    try {
      const { reading, attribution } = await this.#source.read(signal);
      this.#tick = runTick(this.#steps, reading, attribution);
      this.#takenMs = this.#beganMs;
      await this.#source.acknowledge(signal);
      this.#exposition.observeTick((performance.now() - this.#beganMs) / 1000);
    } finally {
      this.#revision++;
    }
    for (const onSnapshot of this.#watchers) onSnapshot();
  }

  /** The same, but a failure is logged and counted. */
  async tryTick(signal: AbortSignal): Promise<void> {
    try {
      await this.tick(signal);
      if (this.#failed > 0) this.#log.info({ failed: this.#failed }, 'tables are readable again');
      this.#failed = 0;
      this.#warnings.reset();
    } catch (err) {
      if (signal.aborted) return;
      this.#failed++;
      this.#failures.inc();
      const suppressed = this.#warnings.admit(performance.now());
      if (suppressed !== undefined) {
        this.#log.warn({ err, suppressed }, 'tick failed; keeping the last snapshot');
      }
    }
  }

  live(): HealthCheck[] {
    const agoMs = performance.now() - this.#beganMs;
    const detail = `last tick began ${secondsText(agoMs)} ago`;
    return [{ name: 'tick', ok: this.#isFresh(agoMs), detail }];
  }

  ready(): HealthCheck[] {
    if (!this.#tick) return [{ name: 'snapshot', ok: false, detail: 'none yet' }];
    const ageMs = performance.now() - this.#takenMs;
    const ok = this.#isFresh(ageMs);
    const why = ok ? '' : `; ${this.#failed} failed ticks since, see the log`;
    return [{ name: 'snapshot', ok, detail: `${secondsText(ageMs)} old${why}` }];
  }

  #isFresh(agoMs: number): boolean {
    return agoMs < Math.max(FRESH_MS, FRESH_INTERVALS * this.#source.intervalMs);
  }
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

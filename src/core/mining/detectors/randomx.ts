import type { Footprint } from '../../reading/clue.ts';
import { textOf } from '../../text/latin-text.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** Minimum samples within the window, and how many of the four rounding modes they must cover. */
const WINDOW_SECONDS = 60;
const LEAST_SAMPLES = 20;
const LEAST_MODES = 3;
/** Maximum share of one mode. A mode below the minimum share does not count as used. */
const MOST_SHARE = 0.7;
const LEAST_SHARE = 0.05;
/** Excludes blockchain nodes, which compute RandomX only for a moment to verify a block. */
const LEAST_TICKS = 3;
const LEAST_SPREAD_SECONDS = 9;
const LEAST_CPUS = 0.01;

/** Counters at one tick. */
interface TickCounters {
  readonly seconds: number;
  readonly modes: readonly number[];
  readonly oncpuNs: number;
}

/**
 * Reports threads that flush denormals to zero and rotate through the rounding modes, as RandomX does.
 * Fast math and console emulators use one mode; interval arithmetic does not flush to zero.
 */
export class RandomxDetector {
  readonly #historyByCgroup = new Map<number, TickCounters[]>();
  /** Undefined before the first tick, when the counters may be old. */
  #last: Pick<Observation, 'seconds' | 'cpu'> | undefined;

  *detect({ seconds, footprints, cpu }: Observation): Generator<Sighting> {
    const seen = new Set<number>();
    for (const footprint of footprints) {
      const { cgroupId } = footprint;
      seen.add(cgroupId);
      const history = this.#historyByCgroup.get(cgroupId) ?? this.#nothingYet(cgroupId);
      this.#historyByCgroup.set(cgroupId, history);
      const now = { seconds, modes: modesOf(footprint), oncpuNs: cpu.get(cgroupId)?.oncpuNs ?? 0 };
      append(history, now);
      const rise = riseOver(history);
      if (rise && isRandomx(rise)) yield sightingOf(footprint, seconds, rise);
    }
    for (const id of this.#historyByCgroup.keys())
      if (!seen.has(id)) this.#historyByCgroup.delete(id);
    this.#last = { seconds, cpu };
  }

  /** A footprint that was missing at the last tick had zero counts then. */
  #nothingYet(cgroupId: number): TickCounters[] {
    if (!this.#last) return [];
    const { seconds, cpu } = this.#last;
    return [{ seconds, modes: [0, 0, 0, 0], oncpuNs: cpu.get(cgroupId)?.oncpuNs ?? 0 }];
  }
}

function modesOf({ preempted, slept }: Footprint): number[] {
  return preempted.map((count, mode) => count + (slept[mode] ?? 0));
}

/** Keeps one look from before the window as the baseline. A falling counter belongs to a new cgroup. */
function append(history: TickCounters[], now: TickCounters): void {
  const last = history.at(-1);
  if (last && sum(now.modes) < sum(last.modes)) history.length = 0;
  history.push(now);
  while ((history[1]?.seconds ?? now.seconds) <= now.seconds - WINDOW_SECONDS) history.shift();
}

interface Rise {
  readonly modes: readonly number[];
  readonly samples: number;
  /** Elapsed time, and CPU time used within it. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Ticks with new samples, and the time between the first and the last of them. */
  readonly ticks: number;
  readonly spreadSeconds: number;
  /** Samples in the latest tick. */
  readonly newSamples: number;
}

function riseOver(history: readonly TickCounters[]): Rise | undefined {
  const [first] = history;
  const last = history.at(-1);
  if (!first || !last) return undefined;
  const modes = last.modes.map((count, mode) => count - (first.modes[mode] ?? 0));
  const risen = history.filter(
    (counters, i) => i > 0 && sum(counters.modes) > sum(history[i - 1]?.modes ?? []),
  );
  const before = history.at(-2) ?? last;
  return {
    modes,
    samples: sum(modes),
    seconds: last.seconds - first.seconds,
    cpuSeconds: (last.oncpuNs - first.oncpuNs) / 1e9,
    ticks: risen.length,
    spreadSeconds: (risen.at(-1)?.seconds ?? 0) - (risen[0]?.seconds ?? 0),
    newSamples: sum(last.modes) - sum(before.modes),
  };
}

function isRandomx(rise: Rise): boolean {
  const { modes, samples, seconds, cpuSeconds, ticks, spreadSeconds, newSamples } = rise;
  const used = modes.filter((count) => count >= samples * LEAST_SHARE);
  return (
    newSamples > 0 &&
    samples >= LEAST_SAMPLES &&
    used.length >= LEAST_MODES &&
    Math.max(...modes) <= samples * MOST_SHARE &&
    ticks >= LEAST_TICKS &&
    spreadSeconds >= LEAST_SPREAD_SECONDS &&
    cpuSeconds >= LEAST_CPUS * seconds
  );
}

function sightingOf(footprint: Footprint, seconds: number, rise: Rise): Sighting {
  const { cgroupId, pid, command } = footprint;
  const [nearest, down, up, zero] = rise.modes;
  return {
    signal: 'randomx',
    cgroupId,
    seconds,
    count: rise.newSamples,
    detail:
      `flush-to-zero on; rounding modes: ${nearest} nearest, ${down} down, ${up} up, ` +
      `${zero} toward zero, in ${rise.cpuSeconds.toFixed(1)} s of CPU time`,
    pid,
    command: textOf(command),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

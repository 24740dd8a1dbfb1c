import type { CgroupCpu, Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** Length of a stretch, and of the pieces whose rates are compared. */
const STRETCH_SECONDS = 240;
const PIECE_SECONDS = 20;
/** Minimum mean use by threads that almost never sleep, in CPUs. */
const LEAST_CPUS = 0.15;
/** Maximum standard deviation, as a share of the mean. Encoders and compilers vary more. */
const MOST_VARIATION = 0.1;

interface Piece {
  readonly seconds: number;
  /** CPUs used by tireless threads. */
  readonly cpus: number;
  /** Including the time that the cgroup waited: what it would use without other load or a quota. */
  readonly wanted: number;
}

interface Track {
  fromSeconds: number;
  from: CgroupCpu;
  readonly pieces: Piece[];
}

/**
 * Reports threads that almost never sleep and use the CPU at a steady rate for minutes, or would do so
 * without other load and without a quota.
 */
export class TirelessDetector {
  readonly #trackByCgroup = new Map<number, Track>();

  *detect({ seconds, cpu }: Observation): Generator<Sighting> {
    const seen = new Set<number>();
    for (const [cgroupId, used] of cpu) {
      if (used.tirelessNs === 0) continue;
      seen.add(cgroupId);
      const cpus = this.#steadyCpus(cgroupId, used, seconds);
      if (cpus !== undefined) yield sightingOf(cgroupId, seconds, cpus);
    }
    for (const id of this.#trackByCgroup.keys()) if (!seen.has(id)) this.#trackByCgroup.delete(id);
  }

  /** Mean CPUs of a full and steady stretch, once per piece; otherwise undefined. */
  #steadyCpus(cgroupId: number, used: CgroupCpu, seconds: number): number | undefined {
    const track = this.#trackByCgroup.get(cgroupId);
    if (!track || used.tirelessNs < track.from.tirelessNs) {
      this.#trackByCgroup.set(cgroupId, { fromSeconds: seconds, from: used, pieces: [] });
      return undefined;
    }
    const elapsed = seconds - track.fromSeconds;
    if (elapsed < PIECE_SECONDS) return undefined;
    track.pieces.push(pieceOf(track.from, used, elapsed));
    track.fromSeconds = seconds;
    track.from = used;
    const pieces = [...track.pieces];
    const all = pieces.reduce((sum, piece) => sum + piece.seconds, 0);
    if (all < STRETCH_SECONDS) return undefined;
    track.pieces.shift();
    const cpus = pieces.map((piece) => piece.cpus);
    const isOneRate = isSteady(cpus) || isSteady(pieces.map((piece) => piece.wanted));
    return mean(cpus) >= LEAST_CPUS && isOneRate ? mean(cpus) : undefined;
  }
}

function pieceOf(before: CgroupCpu, now: CgroupCpu, seconds: number): Piece {
  const cpus = (now.tirelessNs - before.tirelessNs) / 1e9 / seconds;
  return { seconds, cpus, wanted: cpus + (now.waitNs - before.waitNs) / 1e9 / seconds };
}

function isSteady(rates: readonly number[]): boolean {
  const usual = mean(rates);
  const squares = rates.reduce((sum, each) => sum + (each - usual) ** 2, 0);
  return Math.sqrt(squares / rates.length) <= MOST_VARIATION * usual;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, each) => sum + each, 0) / all.length;
}

function sightingOf(cgroupId: number, seconds: number, cpus: number): Sighting {
  return {
    signal: 'tireless_cpu',
    cgroupId,
    seconds,
    count: 1,
    detail: `threads that almost never sleep used ${cpus.toFixed(2)} CPUs at a steady rate for ${STRETCH_SECONDS / 60} minutes`,
  };
}

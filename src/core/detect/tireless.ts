import type { Observation } from './observation.ts';
import type { Sighting } from './sighting.ts';

/** A stretch must be this long, of pieces that are compared with each other. */
const STRETCH_SECONDS = 240;
const PIECE_SECONDS = 20;
/** CPUs that threads without sleep have used, on the average. */
const LEAST_CPUS = 0.15;
/** Standard deviation of the pieces, as a share of their mean: encoders and compilers vary more. */
const MOST_VARIATION = 0.1;

/** CPUs used by tireless threads over one piece. */
interface Track {
  fromSeconds: number;
  fromNs: number;
  readonly pieces: { readonly seconds: number; readonly cpus: number }[];
}

/** Finds threads that never sleep and use the CPU at one steady rate for minutes. */
export class TirelessDetector {
  readonly #trackByCgroup = new Map<number, Track>();

  *look({ seconds, cpu }: Observation): Generator<Sighting> {
    const seen = new Set<number>();
    for (const [cgroupId, { tirelessNs }] of cpu) {
      if (tirelessNs === 0) continue;
      seen.add(cgroupId);
      const cpus = this.#steadyCpus(cgroupId, tirelessNs, seconds);
      if (cpus !== undefined) yield sightingOf(cgroupId, seconds, cpus);
    }
    for (const id of this.#trackByCgroup.keys()) if (!seen.has(id)) this.#trackByCgroup.delete(id);
  }

  /** Mean CPUs of a full and steady stretch, told once a piece. */
  #steadyCpus(cgroupId: number, tirelessNs: number, seconds: number): number | undefined {
    const track = this.#trackByCgroup.get(cgroupId);
    if (!track || tirelessNs < track.fromNs) {
      this.#trackByCgroup.set(cgroupId, { fromSeconds: seconds, fromNs: tirelessNs, pieces: [] });
      return undefined;
    }
    const elapsed = seconds - track.fromSeconds;
    if (elapsed < PIECE_SECONDS) return undefined;
    track.pieces.push({ seconds: elapsed, cpus: (tirelessNs - track.fromNs) / 1e9 / elapsed });
    track.fromSeconds = seconds;
    track.fromNs = tirelessNs;
    const { pieces } = track;
    const all = pieces.reduce((sum, piece) => sum + piece.seconds, 0);
    if (all < STRETCH_SECONDS) return undefined;
    const cpus = pieces.map((piece) => piece.cpus);
    pieces.shift();
    const mean = cpus.reduce((sum, each) => sum + each, 0) / cpus.length;
    return mean >= LEAST_CPUS && variation(cpus, mean) <= MOST_VARIATION ? mean : undefined;
  }
}

function variation(cpus: readonly number[], mean: number): number {
  const squares = cpus.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return Math.sqrt(squares / cpus.length) / mean;
}

function sightingOf(cgroupId: number, seconds: number, cpus: number): Sighting {
  return {
    signal: 'tireless_cpu',
    cgroupId,
    seconds,
    count: 1,
    detail: `threads that never sleep use ${cpus.toFixed(2)} CPUs, for ${STRETCH_SECONDS / 60} minutes at one rate`,
  };
}

import { addressText } from '../../flow/address.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import type { OutboundFlow } from '../flow-shape/outbound.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/**
 * Peers that are watched at a time; more of whoever has most wait until one of these answers, or is left
 * alone.
 */
const MAX_TRACKS = 1024;
/** A stretch must be this long, of pieces that are compared with one rate, each a tick at least. */
const STRETCH_SECONDS = 210;
const PIECE_SECONDS = 4;
/** One in 26 s: xmrig waits 5 s, and 20 s before that for an answer where packets are dropped. */
const LEAST_FAILURES = 8;
/** One a second: what fails faster is an error in a loop. */
const MOST_RATE = 1;
/**
 * So many failures more or less than the rate gives at any time: a clock is off by one, and by another
 * half for its jitter; one that backs off is off by half of all.
 */
const MOST_DEVIATION = 1.5;

interface Piece {
  readonly seconds: number;
  readonly failures: number;
}

interface Track {
  readonly bornNs: number;
  /** The first is what it all is counted from. */
  readonly pieces: Piece[];
  established: number;
  isSeen: boolean;
}

/** Finds connects to one address and port that fail again and again, at one steady rate. */
export class PoolBeaconDetector {
  readonly #trackBySlot = new SharedMap<number, Track>(MAX_TRACKS);

  *look({ seconds, outbound, holderOf }: Observation): Generator<Sighting> {
    for (const flow of outbound) {
      const track = flow.failures > 0 && flow.openNow === 0 && this.#trackOf(flow, holderOf);
      if (!track) continue;
      track.isSeen = true;
      const interval = steadySeconds(track, { seconds, failures: flow.failures });
      if (interval !== undefined) yield sightingOf(flow, interval, seconds);
    }
    for (const [slot, track] of this.#trackBySlot) {
      if (!track.isSeen) this.#trackBySlot.delete(slot);
      track.isSeen = false;
    }
  }

  #trackOf(
    { slot, bornNs, established, cgroupId }: OutboundFlow,
    holderOf: Observation['holderOf'],
  ): Track | undefined {
    const known = this.#trackBySlot.get(slot);
    if (known?.bornNs === bornNs && known.established === established) return known;
    const holder = holderOf(cgroupId);
    if (!known && !this.#trackBySlot.hasRoom(holder)) return undefined;
    const begun = { bornNs, pieces: [], established, isSeen: true };
    this.#trackBySlot.set(holder, slot, begun);
    return begun;
  }
}

/** Seconds between two failures, of a full and steady stretch; told once a stretch. */
function steadySeconds({ pieces }: Track, now: Piece): number | undefined {
  const last = pieces.at(-1);
  if (last && now.seconds - last.seconds < PIECE_SECONDS) return undefined;
  pieces.push(now);
  const [first] = pieces;
  if (!first || now.seconds - first.seconds < STRETCH_SECONDS) return undefined;
  const failures = now.failures - first.failures;
  const rate = failures / (now.seconds - first.seconds);
  const isSteady = pieces.every(
    (piece) =>
      Math.abs(piece.failures - first.failures - rate * (piece.seconds - first.seconds)) <=
      MOST_DEVIATION,
  );
  const isBeacon = isSteady && failures >= LEAST_FAILURES && rate <= MOST_RATE;
  // What is steady goes on from here; else the stretch moves on.
  if (isBeacon) pieces.splice(0, pieces.length - 1);
  else pieces.shift();
  return isBeacon ? 1 / rate : undefined;
}

function sightingOf(flow: OutboundFlow, interval: number, seconds: number): Sighting {
  return {
    signal: 'pool_beacon',
    cgroupId: flow.cgroupId,
    seconds,
    count: 1,
    detail: `connection attempts failed every ${interval.toFixed(1)} s for ${STRETCH_SECONDS} s`,
    peer: addressText(flow.peer),
    port: flow.port,
  };
}

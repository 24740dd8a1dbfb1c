import { addressText } from '../../flow/address.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import type { OutboundFlow } from '../flow-shape/outbound.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** Peers tracked at a time. Further peers of the largest holder wait for a free track. */
const MAX_TRACKS = 1024;
/** Length of a stretch, and of its pieces. A piece is at least one tick. */
const STRETCH_SECONDS = 210;
const PIECE_SECONDS = 4;
/** In a stretch: one per 26 s. If packets are dropped, xmrig times out after 20 s and waits 5 s. */
const LEAST_FAILURES = 8;
/** Failures per second. A faster client is retrying in a tight loop. */
const MOST_RATE = 1;
/**
 * Maximum difference between the failures so far and a steady rate. A fixed interval differs by one, plus
 * one half for jitter; a client that backs off differs by half of its failures.
 */
const MOST_DEVIATION = 1.5;

interface Piece {
  readonly seconds: number;
  readonly failures: number;
}

interface Track {
  readonly bornNs: number;
  /** The first piece is the baseline. */
  readonly pieces: Piece[];
  established: number;
  isSeen: boolean;
}

/** Reports connection attempts to one address and port that keep failing at a steady rate. */
export class PoolBeaconDetector {
  readonly #trackBySlot = new SharedMap<number, Track>(MAX_TRACKS);

  *detect({ seconds, outbound, holderOf }: Observation): Generator<Sighting> {
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

/** Seconds between two failures, once per full and steady stretch; otherwise undefined. */
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
  // After a report a new stretch begins. Otherwise the window moves by one piece.
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

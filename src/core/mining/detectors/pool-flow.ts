import { addressText } from '../../flow/address.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import { FlowDiary, MOST_MOMENTS } from '../flow-shape/flow-diary.ts';
import type { OutboundFlow } from '../flow-shape/outbound.ts';
import { type PoolShape, poolShapeOf } from '../flow-shape/pool-shape.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/**
 * Flows that are watched at a time; more of whoever has most wait until one of these goes. A diary has
 * 3 KB.
 */
const MAX_TRACKS = 2048;
/** A miner keeps one connection, or one a pool behind one address. */
const MOST_OPEN = 3;
/** A pool that ends idle connections, or a network that does: not more within a diary. */
const MOST_RECONNECTS = 3;
/** Moments without any connection, of a miner that comes back: a minute by default. */
const MOST_CLOSED = 12;
/** Bytes a second, either way, over the life of the flow: twice what padded messages come to. */
const MOST_RATE = 1000;

/** Looked at so often, from when there is enough to see; told no sooner than after five minutes. */
const LOOK_SECONDS = 20;
const LEAST_SECONDS = 240;
const LEAST_MOMENTS = 30;
const TOLD_SECONDS = 300;

/**
 * A look that fits counts for it, one that does not against it: who looked otherwise for long must
 * look like a pool for as long, 20 looks being 7 minutes. Before the diary is full none counts against.
 */
const MOST_CREDIT = 6;
const LEAST_CREDIT = -20;

interface Track {
  readonly bornNs: number;
  readonly diary: FlowDiary;
  readonly fromSeconds: number;
  lookedSeconds: number;
  credit: number;
  isSeen: boolean;
}

/** Finds connections that carry little, irregularly, in small messages of which each is answered. */
export class PoolFlowDetector {
  readonly #trackBySlot = new SharedMap<number, Track>(MAX_TRACKS);

  *look(observation: Observation): Generator<Sighting> {
    for (const flow of observation.outbound) {
      const track = this.#trackOf(flow, observation);
      if (!track) continue;
      track.isSeen = true;
      const shape = track.diary.note(flow, observation.seconds) && lookAt(track, observation);
      if (shape) yield sightingOf(flow, shape, observation.seconds);
    }
    for (const [slot, track] of this.#trackBySlot) {
      if (!track.isSeen || track.diary.closed > MOST_CLOSED) this.#trackBySlot.delete(slot);
      track.isSeen = false;
    }
  }

  /** Undefined where the flow is none that could be a pool's. */
  #trackOf(flow: OutboundFlow, observation: Observation): Track | undefined {
    const { seconds, secondsOf, holderOf } = observation;
    const { slot, bornNs, openNow, sentBytes, receivedBytes } = flow;
    const mostBytes = MOST_RATE * Math.max(LEAST_SECONDS, seconds - secondsOf(bornNs));
    if (openNow > MOST_OPEN || sentBytes > mostBytes || receivedBytes > mostBytes) return undefined;
    const known = this.#trackBySlot.get(slot);
    if (known?.bornNs === bornNs) return known;
    const holder = holderOf(flow.cgroupId);
    if (openNow === 0 || (!known && !this.#trackBySlot.hasRoom(holder))) return undefined;
    const diary = new FlowDiary(flow, seconds);
    // Those that begin together are not looked at in one tick.
    const lookedSeconds = seconds + LEAST_SECONDS - LOOK_SECONDS + (slot % LOOK_SECONDS);
    const begun = { bornNs, diary, fromSeconds: seconds, lookedSeconds, credit: 0, isSeen: true };
    this.#trackBySlot.set(holder, slot, begun);
    return begun;
  }
}

/** The shape, where it is that of a pool and has been so for long enough. */
function lookAt(track: Track, { seconds }: Observation): PoolShape | undefined {
  const { diary, fromSeconds, lookedSeconds } = track;
  const age = seconds - fromSeconds;
  if (seconds - lookedSeconds < LOOK_SECONDS) return undefined;
  if (age < LEAST_SECONDS || diary.length < LEAST_MOMENTS) return undefined;
  track.lookedSeconds = seconds;
  const shape = diary.reconnects <= MOST_RECONNECTS ? poolShapeOf(diary.moments) : undefined;
  const least = diary.length < MOST_MOMENTS ? 0 : LEAST_CREDIT;
  track.credit = Math.max(least, Math.min(MOST_CREDIT, track.credit + (shape ? 1 : -1)));
  return age >= TOLD_SECONDS && track.credit > 0 ? shape : undefined;
}

function sightingOf(flow: OutboundFlow, shape: PoolShape, seconds: number): Sighting {
  const { sends, pushes, usualSend } = shape;
  return {
    signal: 'pool_flow',
    cgroupId: flow.cgroupId,
    seconds,
    count: 1,
    detail:
      `sent ${sends} messages of about ${usualSend} bytes at irregular intervals, each answered, ` +
      `and received ${pushes} unsolicited messages, in a few minutes`,
    peer: addressText(flow.peer),
    port: flow.port,
  };
}

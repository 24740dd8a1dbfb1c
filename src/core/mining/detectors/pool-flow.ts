import { addressText } from '../../flow/address.ts';
import { SharedMap } from '../../sharing/shared-map.ts';
import { FlowDiary, MOST_MOMENTS } from '../flow-shape/flow-diary.ts';
import type { OutboundFlow } from '../flow-shape/outbound.ts';
import { type PoolShape, poolShapeOf } from '../flow-shape/pool-shape.ts';
import type { Observation } from '../observation.ts';
import type { Sighting } from '../sighting.ts';

/** Flows tracked at a time, 3 KB each. Further flows of the largest holder wait for a free track. */
const MAX_TRACKS = 2048;
/** Open connections. A miner keeps one, or one per pool behind the same address. */
const MOST_OPEN = 3;
/** Reconnects within a diary, if the pool or the network closes idle connections. */
const MOST_RECONNECTS = 3;
/** Consecutive moments without a connection, until the track is dropped: one minute by default. */
const MOST_CLOSED = 12;
/** Bytes per second in each direction, over the life of the flow: twice the rate of padded messages. */
const MOST_RATE = 1000;

/** Interval of the checks, data needed for the first one, and age of the flow before a report. */
const CHECK_SECONDS = 20;
const LEAST_SECONDS = 240;
const LEAST_MOMENTS = 30;
const REPORT_SECONDS = 300;

/**
 * Each check adds or subtracts one credit, so a flow that looked different for long must look like a pool
 * for as long: 20 checks are 7 minutes. Until the diary is full the credit does not go below 0.
 */
const MOST_CREDIT = 6;
const LEAST_CREDIT = -20;

interface Track {
  readonly bornNs: number;
  readonly diary: FlowDiary;
  readonly fromSeconds: number;
  checkedSeconds: number;
  credit: number;
  isSeen: boolean;
}

/** Reports connections with few, small, irregular messages that are each answered. */
export class PoolFlowDetector {
  readonly #trackBySlot = new SharedMap<number, Track>(MAX_TRACKS);

  *detect(observation: Observation): Generator<Sighting> {
    for (const flow of observation.outbound) {
      const track = this.#trackOf(flow, observation);
      if (!track) continue;
      track.isSeen = true;
      const shape = track.diary.note(flow, observation.seconds) && checkTrack(track, observation);
      if (shape) yield sightingOf(flow, shape, observation.seconds);
    }
    for (const [slot, track] of this.#trackBySlot) {
      if (!track.isSeen || track.diary.closed > MOST_CLOSED) this.#trackBySlot.delete(slot);
      track.isSeen = false;
    }
  }

  /** Undefined if the flow cannot belong to a pool, or if no track is free. */
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
    // Spreads the checks of flows that start together over several ticks.
    const checkedSeconds = seconds + LEAST_SECONDS - CHECK_SECONDS + (slot % CHECK_SECONDS);
    const begun = {
      bornNs,
      diary,
      fromSeconds: seconds,
      checkedSeconds,
      credit: 0,
      isSeen: true,
    };
    this.#trackBySlot.set(holder, slot, begun);
    return begun;
  }
}

/** The shape, if it has matched a pool for long enough. */
function checkTrack(track: Track, { seconds }: Observation): PoolShape | undefined {
  const { diary, fromSeconds, checkedSeconds } = track;
  const age = seconds - fromSeconds;
  if (seconds - checkedSeconds < CHECK_SECONDS) return undefined;
  if (age < LEAST_SECONDS || diary.length < LEAST_MOMENTS) return undefined;
  track.checkedSeconds = seconds;
  const shape = diary.reconnects <= MOST_RECONNECTS ? poolShapeOf(diary.moments) : undefined;
  const least = diary.length < MOST_MOMENTS ? 0 : LEAST_CREDIT;
  track.credit = Math.max(least, Math.min(MOST_CREDIT, track.credit + (shape ? 1 : -1)));
  return age >= REPORT_SECONDS && track.credit > 0 ? shape : undefined;
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

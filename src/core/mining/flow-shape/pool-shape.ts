import { type FlowRhythm, type Moments, rhythmOf } from './flow-rhythm.ts';
import { type FlowTurns, turnsOf } from './flow-turns.ts';

/** One share per 50 s, the slowest rate that counts, gives six in five minutes on average. */
const LEAST_SENDS = 5;
/** One share per 5 s leaves a third of the moments quiet. Above 0.9 messages cannot be separated. */
const MOST_BUSY = 0.9;
/** At one share per 50 s two thirds of the minutes have one. */
const LEAST_ALIVE = 0.5;
/** A pool answers each share. Allowed are this share of the sends, and one that is still open. */
const MOST_UNANSWERED = 0.1;
/** A clock with ±50 % of jitter has twice this value, with ±25 % half of it. */
const LEAST_IRREGULARITY = 0.04;
/** Bytes. A share holds a nonce and a hash, a job holds a block header, all in hex. */
const LEAST_SEND = 100;
const LEAST_PUSH = 200;
/** Bytes per moment: four messages padded to 2 KB. */
const MOST_BYTES = 8192;
/** Unsolicited messages needed; more if each could be a late reply. */
const LEAST_SURPLUS = 1;
const LEAST_UNCLEAR_SURPLUS = 2;

export interface PoolShape {
  readonly sends: number;
  /** Bytes. */
  readonly usualSend: number;
  readonly pushes: number;
}

/** Undefined if the connection does not look like one with a pool. */
export function poolShapeOf(moments: Moments): PoolShape | undefined {
  const rhythm = rhythmOf(moments);
  // Most flows end here and avoid the sorting.
  if (!isPoolRhythm(rhythm)) return undefined;
  const turns = turnsOf(moments, rhythm);
  const sends = rhythm.sends.length;
  return arePoolTurns(turns, sends) ? { ...turns, sends } : undefined;
}

function isPoolRhythm({ sends, busy, alive, irregularity, most }: FlowRhythm): boolean {
  return (
    sends.length >= LEAST_SENDS &&
    busy <= MOST_BUSY &&
    alive >= LEAST_ALIVE &&
    irregularity >= LEAST_IRREGULARITY &&
    most <= MOST_BYTES
  );
}

function arePoolTurns(turns: FlowTurns, sends: number): boolean {
  const { unanswered, usualSend, usualPush, pushes, surplus, hasClearPush } = turns;
  return (
    unanswered <= 1 + MOST_UNANSWERED * sends &&
    usualSend >= LEAST_SEND &&
    usualPush >= LEAST_PUSH &&
    pushes > 0 &&
    surplus >= (hasClearPush ? LEAST_SURPLUS : LEAST_UNCLEAR_SURPLUS)
  );
}

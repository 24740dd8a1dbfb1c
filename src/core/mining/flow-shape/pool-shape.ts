import { type FlowRhythm, type Moments, rhythmOf } from './flow-rhythm.ts';
import { type FlowTurns, turnsOf } from './flow-turns.ts';

/** A share in 50 s, the slowest of what counts, makes six in five minutes on the average. */
const LEAST_SENDS = 5;
/** One in five seconds leaves a third of the moments quiet; above, nothing is told apart. */
const MOST_BUSY = 0.9;
/** At one in 50 s two thirds of the minutes have one. */
const LEAST_ALIVE = 0.5;
/** Each share is answered: so many of the sends, and one that was just asked. */
const MOST_UNANSWERED = 0.1;
/** From half to one and a half of a period is twice that; a quarter of jitter is half of it. */
const LEAST_IRREGULARITY = 0.04;
/** Bytes. A share has a nonce and a hash in it, a job the header of a block, both in hex. */
const LEAST_SEND = 100;
const LEAST_PUSH = 200;
/** Bytes in a moment: four messages of 2 KB, the most that they are padded to. */
const MOST_BYTES = 8192;
/** Of messages without a question; more, where each may be an answer that came a moment late. */
const LEAST_SURPLUS = 1;
const LEAST_UNCLEAR_SURPLUS = 2;

export interface PoolShape {
  readonly sends: number;
  /** Bytes. */
  readonly usualSend: number;
  readonly pushes: number;
}

/** What it looks like, where that could be the connection with a pool. */
export function poolShapeOf(moments: Moments): PoolShape | undefined {
  const rhythm = rhythmOf(moments);
  // Most flows end here, before anything is sorted.
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

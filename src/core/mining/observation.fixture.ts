import type { ClueRecord, Footprint } from '../reading/clue.ts';
import type { Observation } from './observation.ts';

/** A tick in which nothing was seen, with what differs. Clocks are one: CLOCK_MONOTONIC is Unix time. */
export function observation(different: Partial<Observation> = {}): Observation {
  return {
    seconds: 0,
    secondsOf: (monotonicNs) => monotonicNs / 1e9,
    footprints: [],
    clues: [],
    asked: [],
    classOf: () => 'internet',
    holderOf: String,
    cpu: new Map(),
    outbound: [],
    ...different,
  };
}

/** Of cgroup 7, whose process 42 is called miner. */
export function footprint(different: Partial<Footprint> = {}): Footprint {
  return {
    cgroupId: 7,
    preempted: [0, 0, 0, 0],
    slept: [0, 0, 0, 0],
    pid: 42,
    command: Uint8Array.from('miner\0junk', (character) => character.charCodeAt(0)),
    ...different,
  };
}

/** One of process 42 in cgroup 7, with what differs. */
export function clue(different: Partial<ClueRecord> = {}): ClueRecord {
  return {
    slot: 0,
    cgroupId: 7,
    atNs: 0,
    kind: 0,
    pid: 42,
    detail: 0,
    amount: 0,
    isReceived: 0,
    peer: new Uint8Array(16),
    port: 0,
    command: new Uint8Array(16),
    textBytes: 0,
    text: new Uint8Array(0),
    ...different,
  };
}

/** Numbers from 0 to 1 that are the same in each run: xorshift32 (Marsaglia, 2003). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

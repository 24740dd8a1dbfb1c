import type { ClueRecord, Footprint } from '../reading/clue.ts';
import type { Observation } from './observation.ts';

/** An empty tick. CLOCK_MONOTONIC equals Unix time here. */
export function observation(different: Partial<Observation> = {}): Observation {
  return {
    seconds: 0,
    secondsOf: (monotonicNs) => monotonicNs / 1e9,
    footprints: [],
    clues: [],
    queriedNames: [],
    classOf: () => 'internet',
    holderOf: String,
    cpu: new Map(),
    outbound: [],
    ...different,
  };
}

/** Cgroup 7, process 42, command "miner". */
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

/** Cgroup 7, process 42. */
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

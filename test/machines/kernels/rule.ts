import type { Observed } from './observed.ts';

/** A rule that holds on every kernel: a sentence, and its proof from a guest's marks. */
export interface Rule {
  readonly sentence: string;
  readonly holds: (observed: Observed) => void;
}

/** Actions of the scenario over each family, and the bytes of its header. */
export const FAMILIES = [
  { family: 4, headerBytes: 20 },
  { family: 6, headerBytes: 40 },
] as const;

/** The scenario's echo requests, in each direction. */
export const PING = { packets: 3, payloadBytes: 108 };

import type { Observed } from './observed.ts';

/** What must hold on every kernel: a sentence, and its proof from what a guest said. */
export interface Rule {
  readonly sentence: string;
  readonly holds: (observed: Observed) => void;
}

/** What the scenario does over each family, and the bytes of its header. */
export const FAMILIES = [
  { family: 4, headerBytes: 20 },
  { family: 6, headerBytes: 40 },
] as const;

/** The echo requests of the scenario, each way. */
export const PING = { packets: 3, payloadBytes: 108 };

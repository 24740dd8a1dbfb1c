import type { Signal } from '../signal.ts';

/** Signals that say more in one pod than the sum of them. */
export interface Combination {
  /** As {@link Signal}, where evidence is told. */
  readonly name: string;
  /** On top of those of the signals; all count as much as the one of them that weighs least. */
  readonly points: number;
  /** Any of these sets makes it, once: the one that weighs most. */
  readonly anyOf: readonly (readonly Signal[])[];
  /** Completes "the pod …". */
  readonly says: string;
}

/** Points: docs/mining.md argues for them. */
export const COMBINATIONS: readonly Combination[] = [
  {
    name: 'mining_shape',
    points: 30,
    anyOf: [
      ['pool_flow', 'tireless_cpu'],
      ['pool_beacon', 'tireless_cpu'],
    ],
    says: 'behaves as a miner does, on the network and on the CPU',
  },
];

import type { Signal } from '../signal.ts';

/** Signals that weigh more together in one pod than the sum of their points. */
export interface Combination {
  /** Stands in a finding where evidence has its {@link Signal}. */
  readonly name: string;
  /** Added to the points of the signals, with the lowest weight among them. */
  readonly points: number;
  /** Any of these sets is enough. It counts once, by the set with the highest weight. */
  readonly anyOf: readonly (readonly Signal[])[];
  /** Completes "the pod …". */
  readonly says: string;
}

/** Described in docs/mining-detection.md. */
export const COMBINATIONS: readonly Combination[] = [
  {
    name: 'mining_shape',
    points: 30,
    anyOf: [
      ['pool_flow', 'tireless_cpu'],
      ['pool_beacon', 'tireless_cpu'],
    ],
    says: 'has the network and CPU behavior of a miner',
  },
];

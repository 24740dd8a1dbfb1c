import type { PeerClass } from './peer-class.ts';

/**
 * The opener and its peer; '' for an end that is not a named pod. A workload is the owner of pods,
 * or a pod without an owner.
 */
export interface WorkloadPair {
  readonly namespace: string;
  readonly workload: string;
  readonly peerNamespace: string;
  readonly peerWorkload: string;
  readonly peerClass: PairClass;
}

/**
 * Class of the end that is not a pod of this node; `node` if both are. `unknown`: peers that cannot
 * be distinguished. `other`: the sum of all pairs beyond the limit.
 */
export type PairClass = PeerClass | 'unknown' | 'other';

/** Counters of one pair, from its opener's point of view. */
export interface PairUsage {
  /** The same object as long as the pair is exported. */
  readonly pair: WorkloadPair;
  readonly connections: number;
  /** Payload. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Unix time at which its counters began. */
  readonly createdSeconds: number;
}

export interface Pairs {
  readonly all: readonly PairUsage[];
  /** Pairs that exceeded the limit, each counted once. */
  readonly overflowed: number;
}

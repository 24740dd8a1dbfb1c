import type { PeerClass } from './peer-class.ts';

/**
 * Who opened what is counted, and with whom; '' is whoever is no pod that has a name here. A
 * workload is the owner of pods, or a pod that has none.
 */
export interface WorkloadPair {
  readonly namespace: string;
  readonly workload: string;
  readonly peerNamespace: string;
  readonly peerWorkload: string;
  readonly peerClass: PairClass;
}

/**
 * Where the end is that is no pod of this node; `node` where both are. `unknown`: peers that are not
 * told apart. `other`: all pairs that found no room.
 */
export type PairClass = PeerClass | 'unknown' | 'other';

/** Counters of one pair, as its opener sees them. */
export interface PairUsage {
  /** The same object as long as the pair is shown. */
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
  /** Pairs that found no room, each once however long it waits. */
  readonly overflowed: number;
}

export const PEER_KINDS = ['pod', 'service', 'node', 'apiserver'] as const;
export type PeerKind = (typeof PEER_KINDS)[number];

/** A peer in the cluster. Fields that do not apply are ''. */
export interface PeerIdentity {
  readonly kind: PeerKind;
  readonly namespace: string;
  readonly name: string;
  /** The workload of a pod, or the pod itself. */
  readonly workload: string;
}

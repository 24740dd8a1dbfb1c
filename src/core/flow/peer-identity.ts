export const PEER_KINDS = ['pod', 'service', 'node', 'apiserver'] as const;
export type PeerKind = (typeof PEER_KINDS)[number];

/** Who a peer is in the cluster. What does not apply is ''. */
export interface PeerIdentity {
  readonly kind: PeerKind;
  readonly namespace: string;
  readonly name: string;
  /** What a pod belongs to, or itself. */
  readonly workload: string;
}

/** Where a peer is, from near to far. */
export const PEER_CLASSES = ['node', 'zone', 'region', 'cluster', 'private', 'internet'] as const;

/**
 * `node`: this node, a pod of it, or a loopback address. `zone`: in the same zone. `region`: in the
 * same region, in another zone. `cluster`: in the cluster, it is not known where, or in another
 * region. `private`: in networks that the internet does not route. Undefined: what sums up peers.
 */
export type PeerClass = (typeof PEER_CLASSES)[number];

/** Tells the class of an address that is none of a pod that is seen from this node. */
export type ClassOf = (address: string) => PeerClass;

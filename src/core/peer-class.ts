/** Where a peer is, from near to far. */
export const PEER_CLASSES = ['node', 'cluster', 'private', 'internet'] as const;

/**
 * `node`: a pod of this node, or a loopback address. `cluster`: in the networks that are named so.
 * `private`: in those that the internet does not route. Undefined for what sums up peers.
 */
export type PeerClass = (typeof PEER_CLASSES)[number];

/** Tells the class of an address that is none of a pod of this node. */
export type ClassOf = (address: string) => PeerClass;

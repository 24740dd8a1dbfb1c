/** Location of a peer, from near to far. */
export const PEER_CLASSES = ['node', 'zone', 'region', 'cluster', 'private', 'internet'] as const;

/**
 * `node`: this node, a pod on it, or a loopback address. `zone`: the same zone. `region`: another
 * zone of the same region. `cluster`: elsewhere in the cluster, at an unknown place or in another
 * region. `private`: networks that the internet does not route. Undefined: the sum of peers.
 */
export type PeerClass = (typeof PEER_CLASSES)[number];

/** Returns the class of an address that belongs to no pod visible from this node. */
export type ClassOf = (address: string) => PeerClass;

import type { PeerClass } from '../../../core/flow/peer-class.ts';

/** Where a node is, by the labels that clouds give it; '' is not known. */
export interface Topology {
  readonly zone: string;
  readonly region: string;
}

/** Whether two nodes are known to be in different regions. */
export function areInOtherRegions(one: Topology | undefined, other: Topology | undefined): boolean {
  return one?.region && other?.region ? one.region !== other.region : false;
}

/** How near another node of the cluster is; `cluster` where that is not known, or far. */
export function nearnessOf(own: Topology | undefined, other: Topology | undefined): PeerClass {
  const isKnown = own?.zone && other?.zone;
  if (!isKnown || own.region !== other.region) return 'cluster';
  if (own.zone === other.zone) return 'zone';
  return own.region === '' ? 'cluster' : 'region';
}

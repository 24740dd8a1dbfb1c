import type { PeerClass } from '../../../core/flow/peer-class.ts';

/** Location of a node by its `topology.kubernetes.io` labels; '' if unknown. */
export interface Topology {
  readonly zone: string;
  readonly region: string;
}

/** Whether two nodes are known to be in different regions. */
export function areInOtherRegions(one: Topology | undefined, other: Topology | undefined): boolean {
  return one?.region && other?.region ? one.region !== other.region : false;
}

/** The class of another node; `cluster` if it is far, or its location is unknown. */
export function nearnessOf(own: Topology | undefined, other: Topology | undefined): PeerClass {
  const isKnown = own?.zone && other?.zone;
  if (!isKnown || own.region !== other.region) return 'cluster';
  if (own.zone === other.zone) return 'zone';
  return own.region === '' ? 'cluster' : 'region';
}

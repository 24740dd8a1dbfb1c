import { FairShare, OUTER_TIMES } from '../../core/fair-share.ts';
import type { NodeObject } from './node-object.ts';
import type { Bound } from './object-table.ts';
import type { PodObject } from './pod-object.ts';
import type { ServiceObject } from './service-object.ts';

export interface PeerBounds {
  readonly pods: Bound<PodObject>;
  readonly services: Bound<ServiceObject>;
  readonly nodes: Bound<NodeObject>;
}

/**
 * So many pods of the cluster at most, half as many Services and a quarter as many nodes; no namespace
 * has all of them. The pods of this node are kept in any case: their own figures need their names. A
 * pod elsewhere that has ended has no address.
 */
export function peerBounds(nodeName: string, maxPeers: number): PeerBounds {
  const isHere = (pod: PodObject) => pod.nodeName === nodeName;
  const shareOf = ({ namespace }: { readonly namespace: string }) => [
    { of: namespace, times: OUTER_TIMES },
  ];
  return {
    pods: {
      places: new FairShare(maxPeers),
      sharesOf: (pod) => (isHere(pod) ? undefined : shareOf(pod.name)),
      isWanted: (pod) => isHere(pod) || !pod.isFinished,
    },
    services: {
      places: new FairShare(maxPeers / 2),
      sharesOf: shareOf,
      isWanted: () => true,
    },
    nodes: { places: new FairShare(maxPeers / 4), sharesOf: () => [], isWanted: () => true },
  };
}

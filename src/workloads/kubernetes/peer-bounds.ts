import { FairShare, OUTER_TIMES, type Share } from '../../core/sharing/fair-share.ts';
import type { RoomOf } from './client/object-table.ts';
import type { NodeObject } from './objects/node-object.ts';
import type { PodObject } from './objects/pod-object.ts';
import type { ServiceObject } from './objects/service-object.ts';

export interface PeerBounds {
  readonly pods: RoomOf<PodObject>;
  readonly services: RoomOf<ServiceObject>;
  readonly nodes: RoomOf<NodeObject>;
}

/** Pods of this node: a kubelet runs a few hundred, and some thousands can have ended. */
export const MOST_HERE = 10_000;

/** Addresses, ports and containers that fit in one slot. */
const PARTS_A_PLACE = 8;

/**
 * Limits: `maxPeers` pods of other nodes, half as many Services, a quarter as many nodes. No namespace
 * can use all of them. Pods of this node have a limit of their own, because figures need their names,
 * and because users who create pods can bind any number of them to a node.
 */
export function peerBounds(nodeName: string, maxPeers: number): PeerBounds {
  const here = new FairShare(MOST_HERE);
  const elsewhere = new FairShare(maxPeers);
  const services = new FairShare(maxPeers / 2);
  const nodes = new FairShare(maxPeers / 4);
  return {
    pods: (pod) => {
      if (!isWanted(pod, nodeName)) return undefined;
      const parts = pod.addresses.length + pod.name.containers.size;
      const of = pod.nodeName === nodeName ? here : elsewhere;
      return { of, slots: slotsFor(parts), shares: shareOf(pod.name) };
    },
    services: (service) => {
      const { clusterAddresses, externalAddresses, ports } = service;
      const parts = clusterAddresses.length + externalAddresses.length + ports.length;
      return { of: services, slots: slotsFor(parts), shares: shareOf(service) };
    },
    nodes: ({ addresses }) => ({ of: nodes, slots: slotsFor(addresses.length), shares: [] }),
  };
}

/** An ended pod has no address. It matters only if it had a container, and so a cgroup, on this node. */
function isWanted({ isFinished, nodeName: runsOn, name }: PodObject, nodeName: string): boolean {
  return !isFinished || (runsOn === nodeName && name.containers.size > 0);
}

function slotsFor(parts: number): number {
  return Math.max(1, Math.ceil(parts / PARTS_A_PLACE));
}

function shareOf({ namespace }: { readonly namespace: string }): readonly Share[] {
  return [{ of: namespace, times: OUTER_TIMES }];
}

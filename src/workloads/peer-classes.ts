import { addressOctets } from '../core/flow/address.ts';
import { NetworkList, parseNetwork } from '../core/flow/network.ts';
import type { ClassOf, PeerClass } from '../core/flow/peer-class.ts';
import { LOOPBACK, ROUTED, UNROUTED } from './special-networks.ts';

/** What users say of their networks. */
export interface ClassNetworks {
  readonly zoneNetworks?: readonly string[];
  readonly regionNetworks?: readonly string[];
  readonly clusterNetworks?: readonly string[];
}

/** Whether what an address here opens to the internet goes through a NAT gateway. */
export function behindNat(natNetworks: readonly string[] = []): (address: string) => boolean {
  const isBehind = within(natNetworks);
  return (address) => {
    const octets = addressOctets(address);
    return octets !== undefined && isBehind(octets);
  };
}

/** From near to far, and what no user has named last: there the registries tell. */
export function peerClasses({
  zoneNetworks = [],
  regionNetworks = [],
  clusterNetworks = [],
}: ClassNetworks): ClassOf {
  const classes: readonly (readonly [PeerClass, Contains])[] = [
    ['node', within(LOOPBACK)],
    ['zone', within(zoneNetworks)],
    ['region', within(regionNetworks)],
    ['cluster', within(clusterNetworks)],
    ['internet', within(ROUTED)],
    ['private', within(UNROUTED)],
  ];
  return (address) => {
    const octets = addressOctets(address);
    return (octets && classes.find(([, contains]) => contains(octets))?.[0]) ?? 'internet';
  };
}

/** What the API tells of an address goes before its network, unless that tells more. */
export function nearest(told: PeerClass | undefined, byNetwork: PeerClass): PeerClass {
  if (told === undefined) return byNetwork;
  const isNearer = byNetwork === 'zone' || byNetwork === 'region';
  return told === 'cluster' && isNearer ? byNetwork : told;
}

type Contains = (octets: Uint8Array) => boolean;

function within(cidrs: readonly string[]): Contains {
  const networks = new NetworkList(cidrs.flatMap((cidr) => parseNetwork(cidr) ?? []));
  return (octets) => networks.has(octets);
}

import { addressOctets } from '../core/flow/address.ts';
import { NetworkList, parseNetwork } from '../core/flow/network.ts';
import type { ClassOf, PeerClass } from '../core/flow/peer-class.ts';
import { LOOPBACK, ROUTED, UNROUTED } from './special-networks.ts';

/** Networks that the settings name. */
export interface ClassNetworks {
  readonly zoneNetworks?: readonly string[];
  readonly regionNetworks?: readonly string[];
  readonly clusterNetworks?: readonly string[];
}

/** Whether internet connections from a local address go through a NAT gateway. */
export function behindNat(natNetworks: readonly string[] = []): (address: string) => boolean {
  const isBehind = within(natNetworks);
  return (address) => {
    const octets = addressOctets(address);
    return octets !== undefined && isBehind(octets);
  };
}

/** Classes from near to far. Other networks are classed by IANA's registries. */
export function peerClassifier({
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

/** The class by the API takes precedence over that by network, unless the network's is nearer. */
export function nearest(byApi: PeerClass | undefined, byNetwork: PeerClass): PeerClass {
  if (byApi === undefined) return byNetwork;
  const isNearer = byNetwork === 'zone' || byNetwork === 'region';
  return byApi === 'cluster' && isNearer ? byNetwork : byApi;
}

type Contains = (octets: Uint8Array) => boolean;

function within(cidrs: readonly string[]): Contains {
  const networks = new NetworkList(cidrs.flatMap((cidr) => parseNetwork(cidr) ?? []));
  return (octets) => networks.has(octets);
}

import { addressOctets } from '../core/address.ts';
import { isInNetwork, parseNetwork } from '../core/network.ts';
import type { ClassOf, PeerClass } from '../core/peer-class.ts';

/** Loopback: RFC 1122, RFC 4291. */
const NODE = ['127.0.0.0/8', '::1/128'];

/** RFC 1918, 6598 (carriers' NAT), 3927 and 4291 (link-local), 4193 (unique local). */
const PRIVATE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fe80::/10',
  'fc00::/7',
];

/** What users say of their networks. */
export interface ClassNetworks {
  readonly zoneNetworks?: readonly string[];
  readonly regionNetworks?: readonly string[];
  readonly clusterNetworks?: readonly string[];
}

/** From near to far, and the private ones last, which most of the others are parts of. */
export function peerClasses({
  zoneNetworks = [],
  regionNetworks = [],
  clusterNetworks = [],
}: ClassNetworks): ClassOf {
  const classes: readonly (readonly [PeerClass, Contains])[] = [
    ['node', within(NODE)],
    ['zone', within(zoneNetworks)],
    ['region', within(regionNetworks)],
    ['cluster', within(clusterNetworks)],
    ['private', within(PRIVATE)],
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
  const networks = cidrs.flatMap((cidr) => parseNetwork(cidr) ?? []);
  return (octets) => networks.some((network) => isInNetwork(octets, network));
}

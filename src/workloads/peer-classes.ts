import { BlockList } from 'node:net';
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
  return (address) => classes.find(([, contains]) => contains(address))?.[0] ?? 'internet';
}

/** What the API tells of an address goes before its network, unless that tells more. */
export function nearest(told: PeerClass | undefined, byNetwork: PeerClass): PeerClass {
  if (told === undefined) return byNetwork;
  const isNearer = byNetwork === 'zone' || byNetwork === 'region';
  return told === 'cluster' && isNearer ? byNetwork : told;
}

type Contains = (address: string) => boolean;
type Family = 'ipv4' | 'ipv6';

/** NOTE: a list a family, as one of both finds IPv4 in the IPv6 networks that it can be mapped to. */
function within(cidrs: readonly string[]): Contains {
  const lists: Readonly<Record<Family, BlockList>> = {
    ipv4: new BlockList(),
    ipv6: new BlockList(),
  };
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    const family = familyOf(network);
    lists[family].addSubnet(network, Number(bits), family);
  }
  return (address) => {
    const family = familyOf(address);
    return lists[family].check(address, family);
  };
}

function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

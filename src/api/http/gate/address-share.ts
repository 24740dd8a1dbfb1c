import { isIPv6 } from 'node:net';
import { addressOctets, addressText, groupsOf, isIpv4 } from '../../../core/flow/address.ts';

/** Groups of an IPv6 address that name its /64. */
const NETWORK_GROUPS = 4;

/**
 * The key under which connections of an address are counted: an IPv4 address, also as a socket of both
 * families shows it (::ffff:a.b.c.d), or the /64 of an IPv6 address, all of which one host can use.
 */
export function shareOf(address = ''): string {
  const octets = isIPv6(address) ? addressOctets(address) : undefined;
  if (!octets) return address;
  if (isIpv4(octets)) return addressText(octets);
  const network = groupsOf(octets).slice(0, NETWORK_GROUPS);
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

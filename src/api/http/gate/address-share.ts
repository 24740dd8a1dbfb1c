import { isIPv6 } from 'node:net';
import { ipv6Groups } from './ipv6-groups.ts';

/** Groups of an IPv6 address that name its /64. */
const NETWORK_GROUPS = 4;
/** ::ffff:0:0/96: an IPv4 address as a socket of both families shows it. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
/** The same as Node writes it. */
const DOTTED = /^::ffff:([\d.]+)$/;

/**
 * The key under which connections of an address are counted: an IPv4 address, or the /64 of an IPv6
 * address, all of which one host can use.
 */
export function shareOf(address = ''): string {
  if (!isIPv6(address)) return address;
  const [, dotted] = DOTTED.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const groups = ipv6Groups(address);
  if (MAPPED.every((group, i) => groups[i] === group))
    return groups
      .slice(MAPPED.length)
      .flatMap((g) => [g >> 8, g & 255])
      .join('.');
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

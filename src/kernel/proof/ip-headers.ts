import type { Below } from '../../core/seeded-random.ts';

export type Octets = readonly number[];

/** Protocol numbers, in IPv4 and in IPv6. */
export const TCP = 6;
export const UDP = 17;

/** Extension headers that the packet programs follow: hop-by-hop, routing, destination options. */
export const FOLLOWED_EXTENSIONS: readonly number[] = [0, 43, 60];

/** Up to the EtherType. The packet programs do not read it. */
const ETHERNET_ADDRESSES: Octets = Array<number>(12).fill(0);
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

export const u16 = (number: number): Octets => [number >> 8, number & 0xff];

export function octets(below: Below, count: number): Octets {
  return Array.from({ length: count }, () => below(256));
}

export interface Ipv4Fields {
  readonly protocol: number;
  /** Header length in units of 4 bytes. Less than 5 is invalid. */
  readonly words?: number;
  /** Flags and fragment offset. */
  readonly fragment?: number;
}

/** An Ethernet and an IPv4 header. All other fields are random, including the total length. */
export function ipv4(below: Below, { protocol, words = 5, fragment = 0 }: Ipv4Fields): Octets {
  const optionBytes = Math.max(0, words - 5) * 4;
  return [
    ...[...ETHERNET_ADDRESSES, ...u16(ETHERTYPE_IPV4)],
    ...[0x40 | words, ...octets(below, 5), ...u16(fragment), below(256), protocol],
    ...octets(below, 10 + optionBytes),
  ];
}

/** An IPv6 extension header. */
export interface Extension {
  readonly kind: number;
  /** Length in units of 8 bytes, without the first. */
  readonly eights: number;
}

/** An Ethernet and an IPv6 header with extension headers. All other fields are random. */
export function ipv6(below: Below, protocol: number, extensions: readonly Extension[]): Octets {
  const [first = protocol, ...next] = [...extensions.map(({ kind }) => kind), protocol];
  return [
    ...[...ETHERNET_ADDRESSES, ...u16(ETHERTYPE_IPV6)],
    ...[0x60 | below(16), ...octets(below, 5), first, ...octets(below, 33)],
    ...extensions.flatMap(({ eights }, i) => [
      ...[next[i] ?? protocol, eights],
      ...octets(below, 6 + eights * 8),
    ]),
  ];
}

/** The headers of a valid packet, half of them IPv6. One in four has options or extensions. */
export function ip(below: Below, protocol: number): Octets {
  const hasMore = below(4) === 0;
  if (below(2) === 0) return ipv4(below, { protocol, words: 5 + (hasMore ? below(11) : 0) });
  const extension = (): Extension => ({
    kind: FOLLOWED_EXTENSIONS[below(FOLLOWED_EXTENSIONS.length)] ?? 0,
    eights: below(3),
  });
  return ipv6(below, protocol, Array.from({ length: hasMore ? below(8) : 0 }, extension));
}

/** A TCP header with a wrong length in one of eight. */
export function tcp(below: Below, ports: Octets): Octets {
  const words = 5 + (below(2) === 0 ? 0 : below(11));
  const claimed = below(8) === 0 ? below(16) : words;
  const rest = octets(below, 6 + (words - 5) * 4);
  return [...ports, ...octets(below, 8), claimed << 4, 0x18, ...rest];
}

/** A UDP header without a checksum. */
export function udp(ports: Octets, payloadBytes: number): Octets {
  return [...ports, ...u16(8 + payloadBytes), 0, 0];
}

import type { Below } from './hostile-packets.ts';

const IPV4 = [0x08, 0x00];
const IPV6 = [0x86, 0xdd];
/** Extension headers that a program follows: hop-by-hop, routing, destination options. */
const EXTENSIONS = [0, 43, 60];

export type Octets = readonly number[];

export const u16 = (number: number): Octets => [number >> 8, number & 0xff];

export function octets(below: Below, count: number): Octets {
  return Array.from({ length: count }, () => below(256));
}

/** From the sequence number on; a header that ends where it says, but for one in eight. */
export function tcp(below: Below): Octets {
  const words = 5 + (below(2) === 0 ? 0 : below(11));
  const told = below(8) === 0 ? below(16) : words;
  return [...octets(below, 8), told << 4, 0x18, ...octets(below, 6 + (words - 5) * 4)];
}

/** The header, behind that of Ethernet; with options or without. */
export function ipv4(below: Below, protocol: number): Octets {
  const words = 5 + (below(4) === 0 ? below(11) : 0);
  const head = [...octets(below, 5), 0, 0, 0, 64, protocol, ...octets(below, 10)];
  head[0] = 0x40 | words;
  return [...Array<number>(12).fill(0), ...IPV4, ...head, ...octets(below, (words - 5) * 4)];
}

/** The same; with extension headers or without. */
export function ipv6(below: Below, protocol: number): Octets {
  const chain = Array.from({ length: below(4) === 0 ? below(8) : 0 }, () => extension(below));
  const followed = [...chain.map(({ kind }) => kind), protocol];
  const head = [0x60, 0, 0, 0, ...octets(below, 2), followed[0] ?? 0, 64, ...octets(below, 32)];
  const extensions = chain.flatMap(({ rest }, i) => [followed[i + 1] ?? 0, ...rest]);
  return [...Array<number>(12).fill(0), ...IPV6, ...head, ...extensions];
}

function extension(below: Below): { readonly kind: number; readonly rest: Octets } {
  const eights = below(3);
  const kind = EXTENSIONS[below(EXTENSIONS.length)] ?? 0;
  return { kind, rest: [eights, ...octets(below, 6 + eights * 8)] };
}

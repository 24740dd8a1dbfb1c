/** A packet, and the fields of struct __sk_buff that come with it. */
export interface HostilePacket {
  /** Begins with 14 octets that stand for an Ethernet header. */
  readonly bytes: Uint8Array;
  readonly gsoSize: number;
  readonly gsoSegments: number;
}

/** Lengths that BPF_PROG_TEST_RUN takes, Ethernet header included. */
const MIN_BYTES = 14;
const MAX_BYTES = 3500;

/** Newer kernels refuse to run a shorter packet that its EtherType calls IP. */
const IP_HEADERS_BYTES = 54;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Hop-by-hop, routing, fragment, ESP, AH, destination options, mobility, HIP, shim6, none. */
const IPV6_EXTENSIONS = [0, 43, 44, 50, 51, 60, 135, 139, 140, 59];
/** Those that a program follows, so that it gets further into the packet. */
const FOLLOWED = [0, 43, 60];
const TRANSPORTS = [6, 17, 1, 58, 132, 136, 255];
const PARSED = [6, 17];

/** A small generator with a seed (mulberry32), so that a failing packet can be made again. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to, but not including, the limit. */
export type Below = (limit: number) => number;

export function belowFrom(seed: number): Below {
  const random = randomFrom(seed);
  return (limit) => Math.floor(random() * limit);
}

/** Well-formed packets that were bent: cut short, lying about lengths, options and extensions. */
export function* hostilePackets(seed: number, count: number): Generator<HostilePacket> {
  const below = belowFrom(seed);
  for (let i = 0; i < count; i++) {
    const bytes = below(2) === 0 ? ipv4(below) : ipv6(below);
    for (let flips = below(4); flips > 0; flips--)
      bytes[14 + below(bytes.length - 14)] = below(256);
    yield hostile(bytes, below, { cutOneIn: 3, superOneIn: 2 });
  }
}

/** Cuts some packets short, and makes super-packets of some. */
export function hostile(
  bytes: Uint8Array,
  below: Below,
  { cutOneIn, superOneIn }: { readonly cutOneIn: number; readonly superOneIn: number },
): HostilePacket {
  const isCut = below(cutOneIn) === 0;
  const cut = isCut ? MIN_BYTES + below(bytes.length - MIN_BYTES) : bytes.length;
  if (cut < IP_HEADERS_BYTES) bytes.fill(0, 12, 14);
  const gsoSize = below(superOneIn) === 0 ? below(0xffff) : 0;
  const gsoSegments = gsoSize === 0 ? 0 : below(3) * below(60);
  return { bytes: bytes.subarray(0, cut), gsoSize, gsoSegments };
}

/** One of all, or, half of the time, one of those that lead a program deeper. */
function oneOf(below: Below, all: readonly number[], deeper: readonly number[]): number {
  const choice = below(2) === 0 ? all : deeper;
  return choice[below(choice.length)] ?? 0;
}

function blank(below: Below, etherType: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(
    MIN_BYTES + 1 + below(below(4) === 0 ? MAX_BYTES - MIN_BYTES : 200),
  );
  packet[12] = etherType >> 8;
  packet[13] = etherType & 0xff;
  for (let i = 14; i < packet.length; i++) packet[i] = below(256);
  return packet;
}

function ipv4(below: Below): Uint8Array<ArrayBuffer> {
  const packet = blank(below, IPV4);
  packet[14] = 0x40 | (below(3) === 0 ? below(16) : 5);
  if (packet.length > 23) {
    packet[23] = oneOf(below, TRANSPORTS, PARSED);
    const isLaterFragment = below(3) === 0;
    packet[20] = (below(8) << 5) | (isLaterFragment ? below(32) : 0);
    if (!isLaterFragment) packet[21] = 0;
  }
  return packet;
}

/** With a chain of extension headers of any length, also one that points past the packet. */
function ipv6(below: Below): Uint8Array<ArrayBuffer> {
  const packet = blank(below, IPV6);
  packet[14] = 0x60 | below(16);
  let nextAt = 20;
  let at = 54;
  for (let left = below(12); left > 0 && at + 2 < packet.length; left--) {
    packet[nextAt] = oneOf(below, IPV6_EXTENSIONS, FOLLOWED);
    nextAt = at;
    packet[at + 1] = below(3) === 0 ? below(256) : below(3);
    at += ((packet[at + 1] ?? 0) + 1) * 8;
  }
  if (nextAt < packet.length) packet[nextAt] = oneOf(below, TRANSPORTS, PARSED);
  return packet;
}

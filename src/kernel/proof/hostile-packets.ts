import { type Below, belowFrom } from '../../core/seeded-random.ts';
import {
  type Extension,
  FOLLOWED_EXTENSIONS,
  ipv4,
  ipv6,
  type Octets,
  octets,
  TCP,
  UDP,
} from './ip-headers.ts';

/** A packet, and its fields of struct __sk_buff. */
export interface HostilePacket {
  /** Starts with 14 bytes in place of an Ethernet header. */
  readonly bytes: Uint8Array;
  readonly gsoSize: number;
  readonly gsoSegments: number;
}

/** Limits of BPF_PROG_TEST_RUN, including the Ethernet header. */
const MIN_BYTES = 14;
const MAX_BYTES = 3500;

/** Room of the largest packet after the longest headers. */
export const MAX_PAYLOAD_BYTES = 3200;

/** Newer kernels do not run a shorter packet with the EtherType of IP. */
const IP_HEADERS_BYTES = 54;
const IPV6_HEADER_BYTES = 40;

/** Hop-by-hop, routing, fragment, ESP, AH, destination options, mobility, HIP, shim6, none. */
const EXTENSIONS = [0, 43, 44, 50, 51, 60, 135, 139, 140, 59];
/** TCP, UDP, ICMP, ICMPv6, SCTP, UDP-Lite, reserved. */
const TRANSPORTS = [TCP, UDP, 1, 58, 132, 136, 255];
const PARSED_TRANSPORTS = [TCP, UDP];

/** Packets with wrong lengths, options and extension headers. Some are truncated. */
export function* hostilePackets(seed: number, count: number): Generator<HostilePacket> {
  const below = belowFrom(seed);
  for (let i = 0; i < count; i++) {
    const size = 1 + below(below(4) === 0 ? MAX_BYTES - MIN_BYTES : 200);
    const headers = below(2) === 0 ? anyIpv4(below) : anyIpv6(below, size);
    const random = octets(below, Math.max(0, MIN_BYTES + size - headers.length));
    const bytes = Uint8Array.from([...headers, ...random].slice(0, MIN_BYTES + size));
    for (let flips = below(4); flips > 0; flips--) bytes[MIN_BYTES + below(size)] = below(256);
    yield hostile(bytes, below, { cutOneIn: 3, superOneIn: 2 });
  }
}

/** Truncates some packets, and makes super-packets of some. */
export function hostile(
  bytes: Uint8Array,
  below: Below,
  { cutOneIn, superOneIn }: { readonly cutOneIn: number; readonly superOneIn: number },
): HostilePacket {
  const isCut = below(cutOneIn) === 0;
  const length = isCut ? MIN_BYTES + below(bytes.length - MIN_BYTES) : bytes.length;
  if (length < IP_HEADERS_BYTES) bytes.fill(0, 12, 14);
  const gsoSize = below(superOneIn) === 0 ? below(0xffff) : 0;
  const gsoSegments = gsoSize === 0 ? 0 : below(3) * below(60);
  return { bytes: bytes.subarray(0, length), gsoSize, gsoSegments };
}

function anyIpv4(below: Below): Octets {
  const isLaterFragment = below(3) === 0;
  return ipv4(below, {
    protocol: oneOf(below, TRANSPORTS, PARSED_TRANSPORTS),
    words: below(3) === 0 ? below(16) : 5,
    fragment: (below(8) << 13) | (isLaterFragment ? below(0x2000) : 0),
  });
}

/** Extension headers may end after the packet. */
function anyIpv6(below: Below, packetBytes: number): Octets {
  const extensions: Extension[] = [];
  let end = IPV6_HEADER_BYTES;
  for (let left = below(12); left > 0 && end + 2 < packetBytes; left--) {
    const kind = oneOf(below, EXTENSIONS, FOLLOWED_EXTENSIONS);
    const eights = below(3) === 0 ? below(256) : below(3);
    extensions.push({ kind, eights });
    end += (eights + 1) * 8;
  }
  return ipv6(below, oneOf(below, TRANSPORTS, PARSED_TRANSPORTS), extensions);
}

/** Half of the choices are among those that a program parses further. */
function oneOf(below: Below, all: readonly number[], parsed: readonly number[]): number {
  const choice = below(2) === 0 ? all : parsed;
  return choice[below(choice.length)] ?? 0;
}

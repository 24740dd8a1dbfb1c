import { hostileMessages } from '../core/dns/hostile-messages.ts';
import { type Below, belowFrom, type HostilePacket, hostile } from './hostile-packets.ts';

const DNS = 53;
const TCP = 6;
const UDP = 17;
const IPV4 = [0x08, 0x00];
const IPV6 = [0x86, 0xdd];
/** Extension headers that a program follows: hop-by-hop, routing, destination options. */
const EXTENSIONS = [0, 43, 60];
/** What is left of the longest packet behind the longest headers. */
const MAX_PAYLOAD_BYTES = 3200;

type Octets = readonly number[];

/** Hostile DNS messages in datagrams and in streams, most of them both from and to port 53. */
export function* hostileDnsPackets(seed: number, count: number): Generator<HostilePacket> {
  const below = belowFrom(seed);
  const messages = hostileMessages(seed, Number.POSITIVE_INFINITY);
  const message = (): Octets => [...(messages.next().value ?? [])];
  for (let i = 0; i < count; i++) {
    const isStream = below(3) === 0;
    const payload = isStream ? stream(below, message) : message();
    const ports = [port(below), port(below)].flatMap(u16);
    const head = isStream ? [...ports, ...tcp(below)] : [...ports, ...u16(payload.length), 0, 0];
    const transport = [...head, ...payload.slice(0, MAX_PAYLOAD_BYTES)];
    const protocol = isStream ? TCP : UDP;
    const packet = below(2) === 0 ? ipv4(below, protocol) : ipv6(below, protocol);
    const bytes = Uint8Array.from([...packet, ...transport]);
    yield hostile(bytes, below, { cutOneIn: 8, superOneIn: 8 });
  }
}

const u16 = (number: number): Octets => [number >> 8, number & 0xff];

function octets(below: Below, count: number): Octets {
  return Array.from({ length: count }, () => below(256));
}

function port(below: Below): number {
  return below(16) === 0 ? below(0x10000) : DNS;
}

/** One message or several, each after its length, which may lie, or be all there is of the last. */
function stream(below: Below, message: () => Octets): Octets {
  const stream: number[] = [];
  for (let left = 1 + below(below(2) === 0 ? 1 : 6); left > 0; left--) {
    const octets = message();
    const length = below(4) === 0 ? below(0x10000) : octets.length;
    stream.push(...u16(length), ...octets);
  }
  return below(4) === 0 ? [...stream, ...u16(below(0x10000))] : stream;
}

/** From the sequence number on; a header that ends where it says, but for one in eight. */
function tcp(below: Below): Octets {
  const words = 5 + (below(2) === 0 ? 0 : below(11));
  const told = below(8) === 0 ? below(16) : words;
  return [...octets(below, 8), told << 4, 0x18, ...octets(below, 6 + (words - 5) * 4)];
}

/** The header, behind that of Ethernet; with options or without. */
function ipv4(below: Below, protocol: number): Octets {
  const words = 5 + (below(4) === 0 ? below(11) : 0);
  const head = [...octets(below, 5), 0, 0, 0, 64, protocol, ...octets(below, 10)];
  head[0] = 0x40 | words;
  return [...Array<number>(12).fill(0), ...IPV4, ...head, ...octets(below, (words - 5) * 4)];
}

/** The same; with extension headers or without. */
function ipv6(below: Below, protocol: number): Octets {
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

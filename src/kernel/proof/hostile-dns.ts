import { hostileMessages } from '../../core/dns/hostile-messages.ts';
import { ipv4, ipv6, type Octets, tcp, u16 } from './hostile-heads.ts';
import { type Below, belowFrom, type HostilePacket, hostile } from './hostile-packets.ts';

const DNS = 53;
const TCP = 6;
const UDP = 17;
/** What is left of the longest packet behind the longest headers. */
const MAX_PAYLOAD_BYTES = 3200;

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

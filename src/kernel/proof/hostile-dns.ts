import { hostileMessages } from '../../core/dns/hostile-messages.ts';
import { type Below, belowFrom } from '../../core/seeded-random.ts';
import { type HostilePacket, hostile, MAX_PAYLOAD_BYTES } from './hostile-packets.ts';
import { ip, type Octets, TCP, tcp, UDP, u16, udp } from './ip-headers.ts';

const DNS = 53;

/** Malformed DNS messages over UDP and TCP, most of them from and to port 53. */
export function* hostileDnsPackets(seed: number, count: number): Generator<HostilePacket> {
  const below = belowFrom(seed);
  const messages = hostileMessages(below(2 ** 32), Number.POSITIVE_INFINITY);
  const message = (): Octets => [...(messages.next().value ?? [])];
  for (let i = 0; i < count; i++) {
    const isStream = below(3) === 0;
    const payload = isStream ? stream(below, message) : message();
    const ports = [port(below), port(below)].flatMap(u16);
    const transport = isStream ? tcp(below, ports) : udp(ports, payload.length);
    const headers = [...ip(below, isStream ? TCP : UDP), ...transport];
    const bytes = Uint8Array.from([...headers, ...payload.slice(0, MAX_PAYLOAD_BYTES)]);
    yield hostile(bytes, below, { cutOneIn: 8, superOneIn: 8 });
  }
}

function port(below: Below): number {
  return below(16) === 0 ? below(0x10000) : DNS;
}

/**
 * Up to six messages, each after its length. Lengths can be wrong, and the last without message.
 */
function stream(below: Below, message: () => Octets): Octets {
  const stream: number[] = [];
  for (let left = below(below(2) === 0 ? 2 : 7); left > 0; left--) {
    const octets = message();
    const length = below(4) === 0 ? below(0x10000) : octets.length;
    stream.push(...u16(length), ...octets);
  }
  return below(4) === 0 ? [...stream, ...u16(below(0x10000))] : stream;
}

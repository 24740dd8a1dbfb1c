import { expect, test } from 'vitest';
import { hostileDnsPackets } from './hostile-dns.ts';
import type { HostilePacket } from './hostile-packets.ts';

const ETHERNET = 14;
const TCP = 6;
const UDP = 17;
const DNS = 53;
const packets = [...hostileDnsPackets(7, 10_000)];
const share = (is: (packet: HostilePacket) => boolean): number =>
  packets.filter(is).length / packets.length;

/** Packets without options and extension headers that reach their message. */
const plain = packets.flatMap(({ bytes }) => {
  const isIpv4 = bytes[ETHERNET] === 0x45;
  const protocol = isIpv4 ? bytes[ETHERNET + 9] : bytes[ETHERNET + 6];
  const transport = ETHERNET + (isIpv4 ? 20 : 40);
  const isPlain = isIpv4 || (bytes[ETHERNET] ?? 0) >> 4 === 6;
  if (!isPlain || (protocol !== TCP && protocol !== UDP)) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = transport + (protocol === UDP ? 8 : ((bytes[transport + 12] ?? 0) >> 4) * 4);
  if (bytes.length < at + 12) return [];
  return [{ protocol, isIpv4, view, at, ports: [0, 2].map((i) => view.getUint16(transport + i)) }];
});

test('the same seed gives the same packets, and another seed gives others', () => {
  expect([...hostileDnsPackets(7, 50)]).toEqual(packets.slice(0, 50));
  expect([...hostileDnsPackets(8, 50)]).not.toEqual(packets.slice(0, 50));
});

test('packets are IPv4 and IPv6, UDP and TCP, most of them between DNS ports', () => {
  for (const isIpv4 of [true, false])
    for (const protocol of [TCP, UDP]) {
      const chosen = plain.filter((each) => each.isIpv4 === isIpv4 && each.protocol === protocol);
      expect(chosen.length).toBeGreaterThan(500);
      const between = chosen.filter(({ ports }) => ports.every((port) => port === DNS));
      expect(between.length / chosen.length).toBeGreaterThan(0.8);
      expect(between.length).toBeLessThan(chosen.length);
    }
});

test('most datagrams start like a message with one question', () => {
  const datagrams = plain.filter(({ protocol }) => protocol === UDP);
  const asOne = datagrams.filter(({ view, at }) => view.getUint16(at + 4) === 1);
  expect(asOne.length / datagrams.length).toBeGreaterThan(0.6);
  expect(asOne.length).toBeLessThan(datagrams.length);
});

test('streams have up to six messages, and some lengths are wrong', () => {
  const streams = plain.filter(({ protocol }) => protocol === TCP);
  const counts = new Set(streams.map(({ view, at }) => messagesOf(view, at)));
  for (let count = 1; count <= 6; count++) expect(counts).toContain(count);
  expect(counts).toContain(undefined);
});

test('packets keep the limit of a test run; some are truncated, some are super-packets', () => {
  const lengths = packets.map(({ bytes }) => bytes.length);
  expect(Math.min(...lengths)).toBeLessThan(20);
  expect(Math.max(...lengths)).toBeGreaterThan(2500);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(3500);
  expect(share(({ gsoSize }) => gsoSize > 0)).toBeCloseTo(1 / 8, 1);
});

/** Number of messages in a stream. Undefined if a length is wrong. */
function messagesOf(view: DataView, start: number): number | undefined {
  let at = start;
  for (let count = 0; ; count++) {
    if (at === view.byteLength) return count;
    if (at + 2 > view.byteLength) return undefined;
    at += 2 + view.getUint16(at);
  }
}

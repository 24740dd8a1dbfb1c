import { describe, expect, test } from 'vitest';
import { type HostilePacket, hostilePackets } from './hostile-packets.ts';

const COUNT = 20_000;
const ETHERNET = 14;
const packets = [...hostilePackets(7, COUNT)];

const first = ({ bytes }: HostilePacket): number => bytes[ETHERNET] ?? 0;
const claims = (version: number) => packets.filter((packet) => first(packet) >> 4 === version);
const share = (is: (packet: HostilePacket) => boolean): number =>
  packets.filter(is).length / packets.length;

test('the same seed gives the same packets, and another seed gives others', () => {
  expect([...hostilePackets(7, 50)]).toEqual(packets.slice(0, 50));
  expect([...hostilePackets(8, 50)]).not.toEqual(packets.slice(0, 50));
});

test('lengths are 14 to 3,500 bytes, many of them small', () => {
  const lengths = packets.map(({ bytes }) => bytes.length);
  expect(Math.min(...lengths)).toBe(14);
  expect(Math.max(...lengths)).toBeGreaterThan(3400);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(3500);
  for (let length = 14; length <= 100; length++) expect(lengths).toContain(length);
  expect(share(({ bytes }) => bytes.length > 1514)).toBeGreaterThan(0.03);
});

describe('IPv4', () => {
  const headers = claims(4);

  test('has headers of every length, including invalid ones', () => {
    const lengths = new Set(headers.map((packet) => first(packet) & 0xf));
    expect(lengths.size).toBe(16);
  });

  test('is truncated within its header, its options and its transport header', () => {
    const ends = new Set(headers.map(({ bytes }) => bytes.length - ETHERNET));
    for (let end = 1; end < 80; end++) expect(ends).toContain(end);
  });

  test('has fragments, first and later ones', () => {
    const fragments = headers.map(({ bytes }) => ((bytes[20] ?? 0) << 8) | (bytes[21] ?? 0));
    expect(fragments.some((field) => (field & 0x3fff) === 0x2000)).toBe(true);
    expect(fragments.filter((field) => (field & 0x1fff) !== 0).length).toBeGreaterThan(1000);
    expect(fragments.some((field) => (field & 0x3fff) === 0)).toBe(true);
  });

  test('claims lengths that are too short, and too long', () => {
    const differences = headers.map(({ bytes }) => {
      const claimed = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0);
      return Math.sign(claimed - (bytes.length - ETHERNET));
    });
    expect(new Set(differences)).toContain(1);
    expect(new Set(differences)).toContain(-1);
  });
});

describe('IPv6', () => {
  const headers = claims(6);
  const chains = headers.map(chainOf);

  test.each([0, 43, 44, 50, 51, 60, 135, 139, 140, 59])('has extension header %i', (extension) => {
    expect(chains.filter((chain) => chain.includes(extension)).length).toBeGreaterThan(50);
  });

  test('has chains of one to eight headers', () => {
    const lengths = new Set(chains.map((chain) => chain.length));
    for (let length = 1; length <= 8; length++) expect(lengths).toContain(length);
  });

  test('ends in TCP and UDP after a chain that the programs follow', () => {
    const followed = new Set([0, 43, 60]);
    for (const transport of [6, 17]) {
      const reached = chains.filter(
        (chain) =>
          chain.length > 2 &&
          chain.at(-1) === transport &&
          chain.slice(0, -1).every((header) => followed.has(header)),
      );
      expect(reached.length).toBeGreaterThan(10);
    }
  });
});

test('half of all are super-packets, with and without a number of segments', () => {
  expect(share(({ gsoSize }) => gsoSize > 0)).toBeCloseTo(0.5, 1);
  expect(share(({ gsoSize, gsoSegments }) => gsoSize > 0 && gsoSegments === 0)).toBeGreaterThan(
    0.1,
  );
  expect(share(({ gsoSegments }) => gsoSegments > 1)).toBeGreaterThan(0.1);
  expect(share(({ gsoSize, gsoSegments }) => gsoSize === 0 && gsoSegments > 0)).toBe(0);
});

/** The next-header fields, starting with that of the IPv6 header, up to the end of the packet. */
function chainOf({ bytes }: HostilePacket): number[] {
  const extensions = new Set([0, 43, 44, 50, 51, 60, 135, 139, 140]);
  const chain: number[] = [];
  let nextAt = ETHERNET + 6;
  let at = ETHERNET + 40;
  for (;;) {
    const next = bytes[nextAt];
    if (next === undefined) return chain;
    chain.push(next);
    if (!extensions.has(next)) return chain;
    nextAt = at;
    at += ((bytes[at + 1] ?? 0) + 1) * 8;
  }
}

import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressText } from './address.ts';

const ipv4 = (...octets: number[]) =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...octets]);

test('IPv4 in IPv6 is IPv4', () => {
  expect(addressText(ipv4(10, 0, 0, 1))).toBe('10.0.0.1');
  expect(addressText(ipv4(255, 255, 255, 255))).toBe('255.255.255.255');
});

test('no address is no text', () => {
  expect(addressText(new Uint8Array(16))).toBe('');
});

test.each([
  ['2001:db8::1', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['fe80::', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['1:0:1:1:1:1:1:1', [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
  ['1::1:0:0:1', [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]],
])('%s is as short as RFC 5952 wants it', (text, octets) => {
  expect(addressText(Uint8Array.from(octets))).toBe(text);
});

test('any address is what the system shows of it', () => {
  const octet = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { minLength: 16, maxLength: 16 }), (octets) => {
      fc.pre(octets.slice(0, 12).some((each) => each !== 0)); // ::a.b.c.d is shown as such
      const full = Array.from({ length: 8 }, (_, i) =>
        ((octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0)).toString(16),
      ).join(':');
      const shown = new SocketAddress({ address: full, family: 'ipv6' }).address;
      const isMapped = shown.startsWith('::ffff:') && shown.includes('.');
      expect(addressText(Uint8Array.from(octets))).toBe(isMapped ? shown.slice(7) : shown);
    }),
  );
});

import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOctets, addressText, canonicalAddress } from './address.ts';

const ipv4 = (...octets: number[]) =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...octets]);

test('IPv4-mapped IPv6 is IPv4', () => {
  expect(addressText(ipv4(10, 0, 0, 1))).toBe('10.0.0.1');
  expect(addressText(ipv4(255, 255, 255, 255))).toBe('255.255.255.255');
});

test('the unspecified address is an empty text', () => {
  expect(addressText(new Uint8Array(16))).toBe('');
});

test.each([
  ['2001:db8::1', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['fe80::', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['1:0:1:1:1:1:1:1', [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
  ['1::1:0:0:1', [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]],
])('%s is the short form of RFC 5952', (text, octets) => {
  expect(addressText(Uint8Array.from(octets))).toBe(text);
});

test('the text of any address equals the system’s', () => {
  const octet = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { minLength: 16, maxLength: 16 }), (octets) => {
      fc.pre(octets.slice(0, 12).some((each) => each !== 0)); // ::a.b.c.d: the system prints it in this form
      const full = Array.from({ length: 8 }, (_, i) =>
        ((octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0)).toString(16),
      ).join(':');
      const shown = new SocketAddress({ address: full, family: 'ipv6' }).address;
      const isMapped = shown.startsWith('::ffff:') && shown.includes('.');
      expect(addressText(Uint8Array.from(octets))).toBe(isMapped ? shown.slice(7) : shown);
    }),
  );
});

/** Notations of an address, from its octets. */
const spelling = fc
  .record({
    octets: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(255)), {
      minLength: 16,
      maxLength: 16,
    }),
    hasZeros: fc.boolean(),
    isUpper: fc.boolean(),
    hasIpv4: fc.boolean(),
    shorten: fc.nat(7),
    zone: fc.constantFrom('', '%eth0', '%1'),
  })
  .map(({ octets, hasZeros, isUpper, hasIpv4, shorten, zone }) => {
    const groups = Array.from({ length: 8 }, (_, i) => {
      const group = ((octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0)).toString(16);
      return hasZeros ? group.padStart(4, '0') : group;
    });
    if (hasIpv4) groups.splice(6, 2, octets.slice(12).join('.'));
    let text = groups.join(':');
    const isZero = (group: string | undefined) => group !== undefined && /^0+$/.test(group);
    let end = shorten;
    while (isZero(groups[end])) end++;
    if (end > shorten)
      text = `${groups.slice(0, shorten).join(':')}::${groups.slice(end).join(':')}`;
    return { octets, text: `${isUpper ? text.toUpperCase() : text}${zone}` };
  });

test('every notation of an address is read, and yields the same text', () => {
  fc.assert(
    fc.property(spelling, ({ octets, text }) => {
      expect([...(addressOctets(text) ?? [])]).toEqual(octets);
      expect(canonicalAddress(text)).toBe(addressText(Uint8Array.from(octets)));
    }),
  );
});

test.each([
  ['2001:DB8:0:0::10', '2001:db8::10'],
  ['2001:0db8::20', '2001:db8::20'],
  ['FD00:244:0:0::5', 'fd00:244::5'],
  ['2600:1f14:1d4:d101:0:0:0:ba3d', '2600:1f14:1d4:d101::ba3d'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:0A00:0001', '10.0.0.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['10.0.0.1', '10.0.0.1'],
  ['010.000.0.001', '10.0.0.1'],
])('%s is %s', (text, wanted) => expect(canonicalAddress(text)).toBe(wanted));

test.each(['', 'None', 'web', '10.0.0', '10.0.0.256', '1:2', '::1::', 'g::1', '10.0.0.1/8', '::'])(
  '%j is no address',
  (text) => expect(canonicalAddress(text)).toBe(''),
);

test('a text is an address if and only if the system accepts it', () => {
  const text = fc.oneof(
    fc.stringMatching(/^[0-9a-f:.]{0,20}$/),
    fc.stringMatching(/^(?:[0-9A-F]{0,5}:){1,8}[0-9a-f.]{0,8}$/),
    fc.ipV4(),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(text, (each) => {
      fc.pre(!/(?:^|\.|:)0+\d/.test(each) || !each.includes('.')); // leading zeros: see above
      expect(addressOctets(each) !== undefined).toBe(isIP(each) !== 0);
    }),
    { numRuns: 2000 },
  );
});

import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOctets, addressText } from './address.ts';
import { NetworkList, parseNetwork } from './network.ts';

function has(network: string, address: string): boolean {
  const [parsed, octets] = [parseNetwork(network), addressOctets(address)];
  if (!parsed || !octets) throw new Error('no network, or no address');
  return new NetworkList([parsed]).has(octets);
}

test.each([
  ['10.0.0.0/8', '10.9.9.9', '11.0.0.1'],
  ['10.1.2.3', '10.1.2.3', '10.1.2.2'],
  ['010.000.0.0/08', '10.0.0.1', '11.0.0.0'],
  ['10.0.0.8/29', '10.0.0.15', '10.0.0.16'],
  ['FD00:0:0::/16', 'fd00:1::1', 'fd01::1'],
  ['::/0', '2001:db8::1', '10.0.0.1'],
  ['0.0.0.0/0', '10.0.0.1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1', 'fe80::2'],
  ['::ffff:10.0.0.0/104', '10.255.0.0', '11.0.0.0'],
  ['::FFFF:0a00:0001', '10.0.0.1', '10.0.0.2'],
])('%s contains %s, and not %s', (network, within, without) => {
  expect([has(network, within), has(network, without)]).toEqual([true, false]);
});

test.each(['', '/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/9', '10.0.0.0/-1', 'web', '1::/129'])(
  '%j is none',
  (text) => expect(parseNetwork(text)).toBeUndefined(),
);

test('IPv4 networks contain the same addresses as the system’s', () => {
  const octets = fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(octets, octets, fc.nat(32), (one, other, bits) => {
      const list = new BlockList();
      list.addSubnet(one.join('.'), bits, 'ipv4');
      const wanted = list.check(other.join('.'), 'ipv4');
      expect(has(`${one.join('.')}/${bits}`, other.join('.'))).toBe(wanted);
    }),
  );
});

test('IPv6 networks contain the same addresses as the system’s', () => {
  const octets = fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(octets, octets, fc.nat(128), (one, other, bits) => {
      const text = (each: readonly number[]) => addressText(Uint8Array.from(each));
      const [network, address] = [text(one), text(other)];
      fc.pre(network.includes(':') && address.includes(':'));
      const list = new BlockList();
      list.addSubnet(network, bits, 'ipv6');
      expect(has(`${network}/${bits}`, address)).toBe(list.check(address, 'ipv6'));
    }),
  );
});

import { expect, test } from 'vitest';
import { behindNat, nearest, peerClassifier } from './peer-classifier.ts';

const classOf = peerClassifier({
  zoneNetworks: ['10.42.9.0/24'],
  regionNetworks: ['10.42.8.0/21', 'fd00:10:1::/48'],
  clusterNetworks: ['10.42.0.0/16', '203.0.113.0/24', 'fd00:10::/32', '::/0'],
});

test.each([
  ['127.0.0.53', 'node'],
  ['::1', 'node'],
  ['10.42.9.1', 'zone'],
  ['10.42.10.1', 'region'],
  ['fd00:10:1::1', 'region'],
  ['10.42.7.1', 'cluster'],
  ['203.0.113.9', 'cluster'],
  ['10.43.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'internet'],
  ['192.168.1.1', 'private'],
  ['100.127.0.1', 'private'],
  ['169.254.169.254', 'private'],
  ['8.8.8.8', 'internet'],
])('%s is of the class %s', (address, peerClass) => {
  expect(classOf(address)).toBe(peerClass);
});

test.each([
  ['fd00:10::7', 'private'],
  ['fe80::1', 'private'],
  ['2001:db8::1', 'private'],
  ['224.0.0.251', 'private'],
  ['ff02::fb', 'private'],
  ['255.255.255.255', 'private'],
  ['240.10.0.5', 'private'],
  ['198.18.0.5', 'private'],
  ['198.20.0.1', 'internet'],
  ['0.1.2.3', 'private'],
  ['192.0.0.8', 'private'],
  ['192.0.0.9', 'internet'],
  ['192.0.2.1', 'private'],
  ['192.88.99.1', 'internet'],
  ['203.0.113.7', 'private'],
  ['223.255.255.255', 'internet'],
  ['64:ff9b::808:808', 'internet'],
  ['64:ff9b:1::1', 'private'],
  ['2001:20::1', 'internet'],
  ['2001:2::1', 'private'],
  ['2001:4860:4860::8888', 'internet'],
  ['3fff:fff::1', 'private'],
  ['5f00::1', 'private'],
  ['2600:1f14:1d4:d101::1', 'internet'],
])('without networks of a cluster %s is of the class %s', (address, peerClass) => {
  expect(peerClassifier({})(address)).toBe(peerClass);
});

test.each([
  [undefined, 'internet', 'internet'],
  ['cluster', 'zone', 'zone'],
  ['cluster', 'region', 'region'],
  ['cluster', 'private', 'cluster'],
  ['region', 'zone', 'region'],
  ['node', 'cluster', 'node'],
] as const)('the API says %s and the network %s: it is %s', (byApi, byNetwork, wanted) => {
  expect(nearest(byApi, byNetwork)).toBe(wanted);
});

test('what users say of a network goes before the registries', () => {
  const ours = peerClassifier({
    zoneNetworks: ['198.18.0.0/16'],
    clusterNetworks: ['240.0.0.0/4'],
  });
  expect([ours('198.18.0.5'), ours('240.10.0.5'), ours('198.19.0.5')]).toEqual([
    'zone',
    'cluster',
    'private',
  ]);
});

test('what is behind a NAT gateway is told by its own address', () => {
  const isBehind = behindNat(['10.1.128.0/17', 'fd00:10::/32']);
  expect(isBehind('10.1.128.5')).toBe(true);
  expect(isBehind('fd00:10::5')).toBe(true);
  for (const address of ['10.1.0.5', 'fd00:11::5', '8.8.8.8', ''])
    expect(isBehind(address), address).toBe(false);
  expect(behindNat()('10.1.128.5')).toBe(false);
  // All of IPv4 is nothing of IPv6, which has no such gateway.
  expect(['10.1.0.5', '2001:db8::1'].map(behindNat(['0.0.0.0/0']))).toEqual([true, false]);
});

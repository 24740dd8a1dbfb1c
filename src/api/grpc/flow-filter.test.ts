import { expect, test } from 'vitest';
import { RequestError } from './call-status.ts';
import { flowFilter } from './flow-filter.ts';
import { flow, flows, identified } from './flows.fixture.ts';
import type { ConnectionsRequest } from './view.ts';

const PEERS = ['10.0.0.1', '10.0.0.12', '10.1.0.1', '110.0.0.1', '2001:db8::1', '2001:db9::1', ''];

function peersOf(peer: string): string[] {
  const isWanted = flowFilter({ peer });
  return PEERS.filter((peerAddress) => isWanted(flow({ peerAddress })));
}

function podsOf(request: ConnectionsRequest): string[] {
  return flows.filter(flowFilter(request)).map(({ namespace, pod }) => `${namespace}/${pod}`);
}

test('an empty request selects all connections', () => {
  expect(flows.filter(flowFilter({}))).toEqual(flows);
  expect(flows.filter(flowFilter({ namespace: '', pod: '', peer: '' }))).toEqual(flows);
});

test('a namespace matches in full, a pod by its prefix', () => {
  expect(podsOf({ namespace: 'shop' })).toEqual(['shop/web-0', 'shop/web-0', 'shop/crawler-1']);
  expect(podsOf({ namespace: 'sho' })).toEqual([]);
  expect(podsOf({ pod: 'proxy' })).toEqual(['edge/proxy-7d9f']);
  expect(podsOf({ pod: '7d9f' })).toEqual([]);
});

test('all fields must match', () => {
  expect(podsOf({ namespace: 'shop', pod: 'web', peer: '192.0.2.9' })).toEqual(['shop/web-0']);
  expect(podsOf({ namespace: 'edge', pod: 'web' })).toEqual([]);
});

test.each([
  ['10.0.0.1', ['10.0.0.1']],
  ['10.0.', ['10.0.0.1', '10.0.0.12']],
  ['10.0.0.0/16', ['10.0.0.1', '10.0.0.12']],
  ['0.0.0.0/0', ['10.0.0.1', '10.0.0.12', '10.1.0.1', '110.0.0.1']],
  ['2001:db8::/32', ['2001:db8::1']],
  ['2001:0DB8:0:0::1', ['2001:db8::1']],
  ['2001:DB', ['2001:db8::1', '2001:db9::1']],
  ['::/0', ['2001:db8::1', '2001:db9::1']],
  ['fe80', []],
])('the peer %s is %j', (peer, wanted) => {
  expect(peersOf(peer)).toEqual(wanted);
});

test.each([
  ['mail.example.com', ['shop/web-0']],
  ['example.com', ['shop/web-0']],
  ['Example.COM', ['shop/web-0']],
  ['ample.com', []],
  ['edge/probe', ['edge/proxy-7d9f']],
  ['edge/', ['edge/proxy-7d9f']],
  ['other/probe', []],
])('the peer %s matches by name', (peer, wanted) => {
  expect(podsOf({ peer })).toEqual(wanted);
});

test.each([
  ['svc/shop/db', ['service']],
  ['svc/shop/d', []],
  ['shop/db', ['service']],
  ['edge/proxy', ['pod']],
  ['node/n2', ['node']],
  ['node/n', []],
  ['apiserver', ['apiserver']],
])('the peer %s matches by its identity in the cluster', (peer, wanted) => {
  const found = identified.filter(flowFilter({ peer }));
  expect(found.map(({ peerIdentity }) => peerIdentity?.kind)).toEqual(wanted);
});

test.each([
  'svc/a/b/c',
  'example com',
  'a/b/c',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  'x\u001b[2J',
  '/8',
])('the peer %j is rejected with the valid formats', (peer) => {
  expect(() => flowFilter({ peer })).toThrow(RequestError);
  expect(() => flowFilter({ peer })).toThrow(`peer: got ${JSON.stringify(peer)}, want an addr`);
});

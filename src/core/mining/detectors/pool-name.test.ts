import { expect, test } from 'vitest';
import { CLUE_KIND } from '../../reading/clue.ts';
import { clue, observation } from '../observation.fixture.ts';
import { knownPools } from './known-pools.ts';
import { PoolNameDetector } from './pool-name.ts';

const ADDRESS = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 7]);
const detector = new PoolNameDetector(knownPools(['pool.example']));

function detect(different: Parameters<typeof observation>[0]) {
  return [...detector.detect(observation({ seconds: 9, ...different }))];
}

function querying(name: string) {
  const text = new TextEncoder().encode(name);
  return clue({
    kind: CLUE_KIND.name,
    atNs: 5e9,
    peer: ADDRESS,
    port: 443,
    text,
    textBytes: text.length,
  });
}

test('a pool domain in a DNS query', () => {
  const queriedNames = ['eu.pool.example', 'example.com'].map((name) => ({ cgroupId: 7, name }));
  expect(detect({ queriedNames })).toEqual([
    {
      signal: 'pool_name',
      cgroupId: 7,
      seconds: 9,
      count: 1,
      detail: 'DNS query for eu.pool.example (pool domain pool.example)',
    },
  ]);
});

test('a pool domain requested from a server or a proxy', () => {
  expect(detect({ clues: [querying('example.com'), querying('EU.pool.example')] })).toEqual([
    {
      signal: 'pool_name',
      cgroupId: 7,
      seconds: 5,
      count: 1,
      peer: '203.0.113.7',
      port: 443,
      detail: 'requested EU.pool.example from a server or a proxy (pool domain pool.example)',
    },
  ]);
});

test('TLS without SNI and ALPN counts only to the internet', () => {
  const clues = [clue({ kind: CLUE_KIND.nameless, peer: ADDRESS, port: 443 })];
  const signals = (address: 'internet' | 'cluster') =>
    detect({ clues, classOf: () => address }).map(({ signal }) => signal);
  expect(signals('internet')).toEqual(['tls_nameless']);
  expect(signals('cluster')).toEqual([]);
});

test('binary bytes are not a name', () => {
  const text = Uint8Array.from({ length: 128 }, (_, i) => i * 2);
  expect(detect({ clues: [clue({ kind: CLUE_KIND.name, text, textBytes: 128 })] })).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { CLUE_KIND } from '../../reading/clue.ts';
import { clue, observation } from '../observation.fixture.ts';
import type { Sighting } from '../sighting.ts';
import { DIALECTS, DialectDetector } from './dialect.ts';

const LOGIN = 1 << 0;
const JOB = 1 << 3;
const GETWORK = 1 << 8;
const NODE_RPC = 1 << 9;
const EITHER = 1 << 10;
const POOL = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 7]);
const text = new TextEncoder();

/** A clue of dialects that were sent to 203.0.113.7:3333 from port 40000. */
function spoken(detail: number, different: Parameters<typeof clue>[0] = {}) {
  const kind = CLUE_KIND.payload;
  return clue({ kind, detail, peer: POOL, port: 3333, amount: 40_000, ...different });
}

function seen(...clues: readonly ReturnType<typeof clue>[]): Sighting[] {
  return [...new DialectDetector().look(observation({ clues }))];
}

describe('a message of a miner or a pool is evidence', () => {
  test('with the peer, the moment, and the beginning of what was said', () => {
    const said = text.encode(`{"method":"login","params":{"login":"${'4'.repeat(95)}"}}\n`);
    const [first, ...more] = seen(spoken(LOGIN, { atNs: 5e9, textBytes: said.length, text: said }));
    expect(first).toEqual({
      signal: 'mining_protocol',
      cgroupId: 7,
      seconds: 5,
      count: 1,
      peer: '203.0.113.7',
      port: 3333,
      detail: `sent a CryptoNote login (Monero family): {"method":"login","params":{"login":"${'4'.repeat(59)}…`,
    });
    expect(more).toEqual([]);
  });

  test('without a quotation where the segment had but an octet or two', () => {
    const [first] = seen(spoken(LOGIN, { textBytes: 1, text: text.encode('}') }));
    expect(first?.detail).toBe('sent a CryptoNote login (Monero family)');
  });

  test.each([
    ['sent by a miner', LOGIN, 0, 'sent a CryptoNote login (Monero family)'],
    ['sent by a pool to a miner', JOB, 1, 'received a CryptoNote job (Monero family)'],
    [
      'received by a pool',
      LOGIN,
      1,
      'received a CryptoNote login (Monero family), acting as a pool or a proxy',
    ],
    [
      'sent by a pool',
      JOB,
      0,
      'sent a CryptoNote job (Monero family), acting as a pool or a proxy',
    ],
  ])('%s', (_, detail, isReceived, says) => {
    expect(seen(spoken(detail, { isReceived })).map((sighting) => sighting.detail)).toEqual([says]);
  });
});

describe('what a pod receives', () => {
  const signals = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ signal }) => signal);
  const received = (detail: number) => spoken(detail, { isReceived: 1 });

  test('is weak while it sends nothing itself, whatever anyone sends to it', () => {
    const heard = ['protocol_heard', 'protocol_heard', 'protocol_heard', 'protocol_heard'];
    expect(signals(...[LOGIN, JOB, EITHER, LOGIN].map(received))).toEqual(heard);
  });

  test('is as good as what it sends once it has sent a message', () => {
    const spoke = ['protocol_heard', 'mining_protocol', 'pool_answers', 'mining_protocol'];
    expect(signals(received(LOGIN), spoken(JOB), received(LOGIN)).slice(0, 4)).toEqual(spoke);
    expect(signals(received(JOB), spoken(LOGIN)).slice(0, 2)).toEqual(spoke.slice(0, 2));
  });

  test('on one connection says nothing of another', () => {
    const other = spoken(LOGIN, { isReceived: 1, amount: 40_001 });
    expect(signals(spoken(LOGIN), other)).toEqual(['mining_protocol', 'protocol_heard']);
  });
});

describe('of a message that both sides send', () => {
  const ping = (isReceived: number) => spoken(EITHER, { isReceived });
  const details = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ detail }) => detail);

  test.each([
    [0, 'sent a Stratum message that either side can send (mining.*)'],
    [1, 'received a Stratum message that either side can send (mining.*)'],
  ])('it is not said who sent it where nothing else was said', (isReceived, says) => {
    expect(details(ping(isReceived))).toEqual([says]);
  });

  test('the direction of the login and of the jobs says who is the miner', () => {
    const [miner, pool] = ['received a Stratum message', ', acting as a pool or a proxy'];
    expect(details(spoken(LOGIN), ping(1))[1]).toMatch(miner);
    expect(details(spoken(LOGIN), ping(1))[1]).not.toMatch(pool);
    expect(details(spoken(JOB, { isReceived: 1 }), ping(1))[1]).not.toMatch(pool);
    expect(details(spoken(LOGIN, { isReceived: 1 }), ping(0))[1]).toMatch(pool);
    expect(details(spoken(JOB), ping(1))[1]).toMatch(pool);
  });
});

test('what clients of a node say too is weak, unless it comes with the header of a miner', () => {
  expect(seen(spoken(NODE_RPC)).map(({ signal }) => signal)).toEqual(['node_rpc']);
  expect(seen(spoken(NODE_RPC | GETWORK)).map(({ signal }) => signal)).toEqual(['mining_protocol']);
});

describe('a pool that answers is evidence of its own', () => {
  const signals = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ signal }) => signal);

  test('where both spoke on one connection, in whichever order', () => {
    const answered = ['mining_protocol', 'pool_answers'];
    expect(signals(spoken(LOGIN), spoken(JOB, { isReceived: 1 })).slice(1)).toEqual(answered);
    expect(signals(spoken(JOB, { isReceived: 1 }), spoken(LOGIN)).slice(1)).toEqual(answered);
  });

  test.each([
    ['another port of its own', { amount: 40_001 }],
    ['another peer', { peer: new Uint8Array(16).fill(1) }],
    ['another port of the peer', { port: 443 }],
    ['another cgroup', { cgroupId: 8 }],
  ])('not where the other spoke on a connection with %s', (_, different) => {
    const other = spoken(JOB, { isReceived: 1, ...different });
    expect(signals(spoken(LOGIN), other)).toEqual(['mining_protocol', 'protocol_heard']);
  });

  const talks = (count: number, different: Parameters<typeof clue>[0] = {}) =>
    Array.from({ length: count }, (_, i) => spoken(LOGIN, { amount: i, ...different }));

  test('many other connections later it is forgotten who spoke', () => {
    const answer = spoken(JOB, { isReceived: 1 });
    expect(signals(spoken(LOGIN), ...talks(8191), answer)).toContain('pool_answers');
    expect(signals(spoken(LOGIN), ...talks(8192), answer)).not.toContain('pool_answers');
  });

  test('but not for the connections of another cgroup', () => {
    const answer = spoken(JOB, { isReceived: 1 });
    const others = talks(20_000, { cgroupId: 8 });
    expect(signals(spoken(LOGIN), ...others, answer)).toContain('pool_answers');
  });
});

test('clues of other kinds, and bits that nobody knows, are nothing', () => {
  expect(seen(spoken(LOGIN, { kind: CLUE_KIND.exec }), spoken(1 << DIALECTS.length))).toEqual([]);
});

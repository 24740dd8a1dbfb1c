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

/** A clue about messages sent from port 40000 to 203.0.113.7:3333. */
function spoken(detail: number, different: Parameters<typeof clue>[0] = {}) {
  const kind = CLUE_KIND.payload;
  return clue({ kind, detail, peer: POOL, port: 3333, amount: 40_000, ...different });
}

function seen(...clues: readonly ReturnType<typeof clue>[]): Sighting[] {
  return [...new DialectDetector().detect(observation({ clues }))];
}

describe('messages of miners and pools are evidence', () => {
  test('with the peer, the time and the start of the payload', () => {
    const message = text.encode(`{"method":"login","params":{"login":"${'4'.repeat(95)}"}}\n`);
    const [first, ...more] = seen(
      spoken(LOGIN, { atNs: 5e9, textBytes: message.length, text: message }),
    );
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

  test('without a quotation if the segment has only a few bytes', () => {
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
  ])('%s', (_, detail, isReceived, role) => {
    expect(seen(spoken(detail, { isReceived })).map((sighting) => sighting.detail)).toEqual([role]);
  });
});

describe('a received message', () => {
  const signals = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ signal }) => signal);
  const received = (detail: number) => spoken(detail, { isReceived: 1 });

  test('is weak while the pod has sent none', () => {
    const heard = ['protocol_heard', 'protocol_heard', 'protocol_heard', 'protocol_heard'];
    expect(signals(...[LOGIN, JOB, EITHER, LOGIN].map(received))).toEqual(heard);
  });

  test('counts fully once the pod has sent a message', () => {
    const spoke = ['protocol_heard', 'mining_protocol', 'pool_answers', 'mining_protocol'];
    expect(signals(received(LOGIN), spoken(JOB), received(LOGIN)).slice(0, 4)).toEqual(spoke);
    expect(signals(received(JOB), spoken(LOGIN)).slice(0, 2)).toEqual(spoke.slice(0, 2));
  });

  test('on one connection does not affect another', () => {
    const other = spoken(LOGIN, { isReceived: 1, amount: 40_001 });
    expect(signals(spoken(LOGIN), other)).toEqual(['mining_protocol', 'protocol_heard']);
  });
});

describe('for a message that either side can send', () => {
  const ping = (isReceived: number) => spoken(EITHER, { isReceived });
  const details = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ detail }) => detail);

  test.each([
    [0, 'sent a Stratum message that either side can send (mining.*)'],
    [1, 'received a Stratum message that either side can send (mining.*)'],
  ])('the role is unknown without other messages', (isReceived, role) => {
    expect(details(ping(isReceived))).toEqual([role]);
  });

  test('the direction of logins and jobs identifies the miner', () => {
    const [miner, pool] = ['received a Stratum message', ', acting as a pool or a proxy'];
    expect(details(spoken(LOGIN), ping(1))[1]).toMatch(miner);
    expect(details(spoken(LOGIN), ping(1))[1]).not.toMatch(pool);
    expect(details(spoken(JOB, { isReceived: 1 }), ping(1))[1]).not.toMatch(pool);
    expect(details(spoken(LOGIN, { isReceived: 1 }), ping(0))[1]).toMatch(pool);
    expect(details(spoken(JOB), ping(1))[1]).toMatch(pool);
  });
});

test("a work request is weak without a miner's HTTP header", () => {
  expect(seen(spoken(NODE_RPC)).map(({ signal }) => signal)).toEqual(['node_rpc']);
  expect(seen(spoken(NODE_RPC | GETWORK)).map(({ signal }) => signal)).toEqual(['mining_protocol']);
});

describe('a pool that answers is separate evidence', () => {
  const signals = (...clues: readonly ReturnType<typeof clue>[]) =>
    seen(...clues).map(({ signal }) => signal);

  test('if both sides sent messages on one connection, in any order', () => {
    const answered = ['mining_protocol', 'pool_answers'];
    expect(signals(spoken(LOGIN), spoken(JOB, { isReceived: 1 })).slice(1)).toEqual(answered);
    expect(signals(spoken(JOB, { isReceived: 1 }), spoken(LOGIN)).slice(1)).toEqual(answered);
  });

  test.each([
    ['another port of its own', { amount: 40_001 }],
    ['another peer', { peer: new Uint8Array(16).fill(1) }],
    ['another port of the peer', { port: 443 }],
    ['another cgroup', { cgroupId: 8 }],
  ])('not if the other side used a connection with %s', (_, different) => {
    const other = spoken(JOB, { isReceived: 1, ...different });
    expect(signals(spoken(LOGIN), other)).toEqual(['mining_protocol', 'protocol_heard']);
  });

  const talks = (count: number, different: Parameters<typeof clue>[0] = {}) =>
    Array.from({ length: count }, (_, i) => spoken(LOGIN, { amount: i, ...different }));

  test('a conversation is dropped after many other connections', () => {
    const answer = spoken(JOB, { isReceived: 1 });
    expect(signals(spoken(LOGIN), ...talks(8191), answer)).toContain('pool_answers');
    expect(signals(spoken(LOGIN), ...talks(8192), answer)).not.toContain('pool_answers');
  });

  test('but not because of connections of another cgroup', () => {
    const answer = spoken(JOB, { isReceived: 1 });
    const others = talks(20_000, { cgroupId: 8 });
    expect(signals(spoken(LOGIN), ...others, answer)).toContain('pool_answers');
  });
});

test('clues of other kinds and unknown bits are ignored', () => {
  expect(seen(spoken(LOGIN, { kind: CLUE_KIND.exec }), spoken(1 << DIALECTS.length))).toEqual([]);
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASKED, a, message, query, question, response } from '../../src/core/dns/compose.ts';
import { exchange, withId } from '../support/dns-peers.ts';
import type { Family, Peer } from '../support/peer.ts';
import { FAMILIES, openStage, type Stage } from '../support/stage.ts';

const NONE = [0, 0, 0, 0];
/** A tick of the slowest clock that kernels are built with, and of the test's own doings. */
const TICK_MS = 10;
const TIMEOUT_MS = 5000;
/** DNS_AT_ONCE_NS, and a tick. */
const AGAIN_MS = 500 + TICK_MS;
/** DNS_PENDING of bpf/dns.h. */
const PENDING = 8;

const NAME = 'web.test';
const QUERY = query(NAME);
const ANSWER = response(NAME, [a(ASKED, '192.0.2.80')]);
const [OWN, OTHER] = [0x1234, 0x4321];
const ofCode = (code: number) => message({ flags: 0x8180 | code, questions: [question(NAME)] });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const pair = () => [stage.peer('west'), stage.peer('east')] as const;
const addresses = (family: Family = 4) => ({
  client: stage.network.west.addresses[family],
  server: stage.network.east.addresses[family],
});
const dnsOf = ({ cgroup }: Peer) => stage.scene.usageOf(cgroup).dns;
const outcomesOf = (peer: Peer) => dnsOf(peer).queries;
const answersOf = ({ cgroup }: Peer) => stage.scene.answersOf(cgroup);
const crowded = () => stage.scene.lost()['dns.crowded'] ?? 0;

describe.each(FAMILIES)('over IPv%i', (family) => {
  test.each([
    ['NOERROR', 0, [1, 0, 0, 0]],
    ['FORMERR', 1, [0, 0, 1, 0]],
    ['SERVFAIL', 2, [0, 0, 1, 0]],
    ['NXDOMAIN', 3, [0, 1, 0, 0]],
    ['REFUSED', 5, [0, 0, 1, 0]],
  ])('an answer of %s ends its query, and a second one changes nothing', async (_, code, ended) => {
    const [west, east] = pair();
    const { ask, answer, client } = await exchange(west, east, addresses(family));
    await ask(QUERY);
    expect(outcomesOf(west)).toEqual(NONE);
    for (const _ of [1, 2]) {
      await answer(ofCode(code));
      expect(outcomesOf(west)).toEqual(ended);
    }
    await client.close();
    expect(outcomesOf(west)).toEqual(ended);
    expect(outcomesOf(east)).toEqual(NONE);
  });

  test('the wait is from query to answer, to a tick of the kernel', async () => {
    const [west, east] = pair();
    const { ask, answer } = await exchange(west, east, addresses(family));
    const begun = performance.now();
    await ask(QUERY);
    const asked = performance.now();
    await delay(150);
    const answering = performance.now();
    await answer(ANSWER);
    const ended = performance.now();
    const waitMs = dnsOf(west).waitNs / 1e6;
    expect(waitMs).toBeGreaterThan(answering - asked - TICK_MS);
    expect(waitMs).toBeLessThan(ended - begun + TICK_MS);
  });

  test('a query without an answer timed out when its socket closes', async () => {
    const [west, east] = pair();
    const { ask, answer, client } = await exchange(west, east, addresses(family));
    for (const id of [1, 2, 3]) await ask(withId(QUERY, id));
    await answer(withId(ANSWER, 2));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 2]);
    expect(dnsOf(east)).toEqual({ queries: NONE, waitNs: 0 });
  });

  test('a query that is sent again had timed out, but at once it is the same one', async () => {
    const [west, east] = pair();
    const { ask, answer, client } = await exchange(west, east, addresses(family));
    await ask(QUERY);
    await ask(QUERY);
    expect(outcomesOf(west)).toEqual(NONE);
    await delay(AGAIN_MS);
    await ask(QUERY);
    expect(outcomesOf(west)).toEqual([0, 0, 0, 1]);
    await answer(ANSWER);
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 1]);
  });

  test('an answer with another id changes nothing', async () => {
    const [west, east] = pair();
    const { ask, answer } = await exchange(west, east, addresses(family));
    await ask(withId(QUERY, OWN));
    await answer(withId(ANSWER, OTHER));
    expect(outcomesOf(west)).toEqual(NONE);
    expect(answersOf(west)).toEqual([]);
    await answer(withId(ANSWER, OWN));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    expect(answersOf(west)).toHaveLength(1);
  });
});

test('where more queries of a socket wait than are noted, the oldest is lost', async () => {
  const [west, east] = pair();
  const before = crowded();
  const { ask, answer, client } = await exchange(west, east, addresses());
  for (let id = 0; id < PENDING; id++) await ask(withId(QUERY, id));
  expect(crowded()).toBe(before);
  await ask(withId(QUERY, PENDING));
  expect(crowded()).toBe(before + 1);
  await answer(withId(ANSWER, PENDING));
  expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
  await client.close();
  expect(outcomesOf(west)).toEqual([1, 0, 0, PENDING - 1]);
});

test('but one that has waited for five seconds timed out', async () => {
  const [west, east] = pair();
  const before = crowded();
  const { ask, answer } = await exchange(west, east, addresses());
  for (let id = 0; id < PENDING; id++) await ask(withId(QUERY, id));
  await delay(TIMEOUT_MS + TICK_MS);
  await ask(withId(QUERY, PENDING));
  expect(crowded()).toBe(before);
  expect(outcomesOf(west)).toEqual([0, 0, 0, 1]);
  for (let id = 1; id <= PENDING; id++) await answer(withId(ANSWER, id));
  expect(outcomesOf(west)).toEqual([PENDING, 0, 0, 1]);
});

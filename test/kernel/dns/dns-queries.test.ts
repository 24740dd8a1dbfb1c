import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clientSocket,
  DNS_PORT,
  type Exchange,
  exchange,
  serverSocket,
  withId,
} from '../../../lab/network/dns-peers.ts';
import type { Family, Peer } from '../../../lab/network/peer.ts';
import { mostOf, QUEUE_MULTIPLE, QUEUES } from '../../../lab/scene/shares.ts';
import { FAMILIES, openStage, type Stage } from '../../../lab/scene/stage.ts';
import {
  a,
  message,
  QNAME,
  query,
  question,
  response,
  TYPES,
} from '../../../src/core/dns/compose.ts';

const NONE = [0, 0, 0, 0];
/** One tick of the slowest kernel clock, plus the test's own time. */
const TICK_MS = 10;
const TIMEOUT_MS = 5000;
/** DNS_AT_ONCE_NS plus one tick. */
const AGAIN_MS = 500 + TICK_MS;
/** DNS_PENDING of bpf/dns/queues.h. */
const PENDING = 8;

const NAME = 'web.test';
const QUERY = query(NAME);
const ANSWER = response(NAME, [a(QNAME, '192.0.2.80')]);
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
const crowded = () => {
  const lost = stage.scene.lost();
  return (lost['dns.crowded'] ?? 0) + (lost['dns.over_share'] ?? 0);
};

describe.each(FAMILIES)('over IPv%i', (family) => {
  test.each([
    ['NOERROR', 0, [1, 0, 0, 0]],
    ['FORMERR', 1, [0, 0, 1, 0]],
    ['SERVFAIL', 2, [0, 0, 1, 0]],
    ['NXDOMAIN', 3, [0, 1, 0, 0]],
    ['REFUSED', 5, [0, 0, 1, 0]],
  ])(
    'an answer of %s ends its query, and a second answer changes nothing',
    async (_, code, ended) => {
      const [west, east] = pair();
      const { sendQuery, answer, client } = await exchange(west, east, addresses(family));
      await sendQuery(QUERY);
      expect(outcomesOf(west)).toEqual(NONE);
      for (const _ of [1, 2]) {
        await answer(ofCode(code));
        expect(outcomesOf(west)).toEqual(ended);
      }
      await client.close();
      expect(outcomesOf(west)).toEqual(ended);
      expect(outcomesOf(east)).toEqual(NONE);
    },
  );

  test('the latency is from query to answer, to the precision of a kernel tick', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await exchange(west, east, addresses(family));
    const begun = performance.now();
    await sendQuery(QUERY);
    const queriedMs = performance.now();
    await delay(150);
    const answering = performance.now();
    await answer(ANSWER);
    const ended = performance.now();
    const waitMs = dnsOf(west).waitNs / 1e6;
    expect(waitMs).toBeGreaterThan(answering - queriedMs - TICK_MS);
    expect(waitMs).toBeLessThan(ended - begun + TICK_MS);
  });

  test('a query without an answer times out when its socket closes', async () => {
    const [west, east] = pair();
    const { sendQuery, answer, client } = await exchange(west, east, addresses(family));
    for (const id of [1, 2, 3]) await sendQuery(withId(QUERY, id));
    await answer(withId(ANSWER, 2));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 2]);
    expect(dnsOf(east)).toEqual({ queries: NONE, waitNs: 0 });
  });

  test('a repeated query has timed out, but an immediate repeat is the same query', async () => {
    const [west, east] = pair();
    const { sendQuery, answer, client } = await exchange(west, east, addresses(family));
    await sendQuery(QUERY);
    await sendQuery(QUERY);
    expect(outcomesOf(west)).toEqual(NONE);
    await delay(AGAIN_MS);
    await sendQuery(QUERY);
    expect(outcomesOf(west)).toEqual([0, 0, 0, 1]);
    await answer(ANSWER);
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 1]);
  });

  test('an answer with another id changes nothing', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await exchange(west, east, addresses(family));
    await sendQuery(withId(QUERY, OWN));
    await answer(withId(ANSWER, OTHER));
    expect(outcomesOf(west)).toEqual(NONE);
    expect(answersOf(west)).toEqual([]);
    await answer(withId(ANSWER, OWN));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    expect(answersOf(west)).toHaveLength(1);
  });
});

/** Ids in the order of a client that chooses them at random. */
const mixed = (count: number) => Array.from({ length: count }, (_, i) => (i * 40_503) & 0xffff);

test.each([
  ['numbered in turn', Array.from({ length: 300 }, (_, i) => i + 65_400).map((id) => id & 0xffff)],
  ['numbered by chance', mixed(300)],
])('hundreds of queries can be pending on one socket, %s', async (_, ids) => {
  const [west, east] = pair();
  const before = crowded();
  const { sendQuery, answer, client } = await exchange(west, east, addresses());
  for (const id of ids) await sendQuery(withId(QUERY, id));
  for (const id of ids.slice(0, 290)) await answer(withId(ANSWER, id));
  expect(outcomesOf(west)).toEqual([290, 0, 0, 0]);
  await answer(withId(ANSWER, ids[0] ?? 0));
  expect(outcomesOf(west)).toEqual([290, 0, 0, 0]);
  await client.close();
  expect(outcomesOf(west)).toEqual([290, 0, 0, 10]);
  expect(crowded()).toBe(before);
});

/** DNS_BUCKETS, and the places for ids with the same remainder, in addition to the socket's own. */
const BUCKETS = 60;
const FULL = PENDING + 16;
const crowd = Array.from({ length: FULL }, (_, i) => i * BUCKETS);

test('beyond the places, the oldest query is lost, but not the names in its answer', async () => {
  const [west, east] = pair();
  const before = crowded();
  const { sendQuery, answer, client } = await exchange(west, east, addresses());
  for (const id of crowd) await sendQuery(withId(QUERY, id));
  expect(crowded()).toBe(before);
  await sendQuery(withId(QUERY, FULL * BUCKETS));
  expect(crowded()).toBe(before + 1);
  await answer(withId(ANSWER, FULL * BUCKETS));
  expect([outcomesOf(west), answersOf(west).length]).toEqual([[1, 0, 0, 0], 1]);
  const lost = crowd[PENDING] ?? 0;
  for (const _ of [1, 2]) {
    await answer(withId(ANSWER, lost));
    expect([outcomesOf(west), answersOf(west).length]).toEqual([[1, 0, 0, 0], 2]);
  }
  await client.close();
  expect(outcomesOf(west)).toEqual([1, 0, 0, FULL - 1]);
});

test('but one that has waited for five seconds has timed out', async () => {
  const [west, east] = pair();
  const before = crowded();
  const { sendQuery, answer } = await exchange(west, east, addresses());
  for (const id of crowd) await sendQuery(withId(QUERY, id));
  await delay(TIMEOUT_MS + TICK_MS);
  for (const id of [1, 2]) await sendQuery(withId(QUERY, id));
  expect(crowded()).toBe(before);
  expect(outcomesOf(west)).toEqual([0, 0, 0, 2]);
  for (const id of [1, 2, ...crowd.slice(2)]) await answer(withId(ANSWER, id));
  expect(outcomesOf(west)).toEqual([FULL, 0, 0, 2]);
});

test('a repeated query in the queue has timed out; an immediate repeat is the same query', async () => {
  const [west, east] = pair();
  const { sendQuery, answer } = await exchange(west, east, addresses());
  for (const id of crowd) await sendQuery(withId(QUERY, id));
  const [queued] = crowd.slice(-1);
  await answer(withId(ANSWER, crowd[0] ?? 0));
  await sendQuery(withId(QUERY, queued ?? 0));
  expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
  await delay(AGAIN_MS);
  await sendQuery(withId(QUERY, queued ?? 0));
  expect(outcomesOf(west)).toEqual([1, 0, 0, 1]);
  await answer(withId(ANSWER, queued ?? 0));
  expect(outcomesOf(west)).toEqual([2, 0, 0, 1]);
});

test('a pod gets a share of the queues, and another pod finds one', async () => {
  await using stage = await openStage();
  const [west, east, other] = [stage.peer('west'), stage.peer('east'), stage.peer('west')];
  const talks: Exchange[] = [];
  const fill = async (peer: Peer) => {
    const talk = await exchange(peer, east, {
      client: stage.network.west.addresses[4],
      server: stage.network.east.addresses[4],
    });
    talks.push(talk);
    for (let id = 0; id <= PENDING; id++) await talk.sendQuery(withId(QUERY, id));
    return talk;
  };
  const refused = () => stage.scene.lost()['dns.over_share'] ?? 0;
  const most = mostOf(QUEUES, QUEUE_MULTIPLE);
  for (let i = 0; i < most; i++) await fill(west);
  expect(refused()).toBe(0);
  const { answer } = await fill(west);
  expect(refused()).toBe(1);
  // The names in the first answers are still kept.
  const before = stage.scene.answersOf(west.cgroup).length;
  await answer(withId(ANSWER, 0));
  expect(stage.scene.answersOf(west.cgroup)).toHaveLength(before + 1);
  await fill(other);
  expect(refused()).toBe(1);
  for (const { client } of talks.slice(0, most)) await client.close();
  await fill(west);
  expect(refused()).toBe(1);
  expect(stage.scene.usageOf(west.cgroup).dns.queries[3]).toBe(most * (PENDING + 1));
});

describe('two address queries for one name with the same id', () => {
  const bareOf = (type: number) => message({ flags: 0x0100, questions: [question(NAME, type)] });
  const bare = { A: bareOf(TYPES.A), AAAA: bareOf(TYPES.AAAA) };
  const withMore = { A: QUERY, AAAA: query(NAME, TYPES.AAAA) };
  const empty = message({ flags: 0x8180, questions: [question(NAME, TYPES.AAAA)] });

  test.each([
    ['', bare],
    [' with EDNS', withMore],
  ])('are two queries%s', async (_, { A, AAAA }) => {
    const [west, east] = pair();
    const { sendQuery, answer } = await exchange(west, east, addresses());
    for (const octets of [A, AAAA]) await sendQuery(octets);
    for (const _ of [1, 2]) {
      await answer(empty);
      expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    }
    await answer(ANSWER);
    expect(outcomesOf(west)).toEqual([2, 0, 0, 0]);
  });

  test('of which one is not answered', async () => {
    const [west, east] = pair();
    const { sendQuery, answer, client } = await exchange(west, east, addresses());
    for (const octets of [bare.A, bare.AAAA]) await sendQuery(octets);
    await answer(ANSWER);
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 1]);
  });

  test('also in the queue of a busy socket', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await exchange(west, east, addresses());
    for (let id = 0; id < PENDING; id++) await sendQuery(withId(QUERY, id + 1));
    for (const octets of [bare.A, withMore.AAAA]) await sendQuery(withId(octets, OWN));
    await answer(withId(empty, OWN));
    await answer(withId(ANSWER, OWN));
    expect(outcomesOf(west)).toEqual([2, 0, 0, 0]);
  });

  test('with different name lengths are two; so are those of names that are too long', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await exchange(west, east, addresses());
    for (const octets of [QUERY, query('w.test')]) await sendQuery(octets);
    await answer(response('w.test', [a(QNAME, '192.0.2.80')]));
    await answer(ANSWER);
    expect(outcomesOf(west)).toEqual([2, 0, 0, 0]);
    const long = Array.from({ length: 4 }, () => 'x'.repeat(40)).join('.');
    for (const octets of [query(long), query(long, TYPES.AAAA)]) await sendQuery(octets);
    for (const _ of [1, 2]) await answer(response(long, [a(QNAME, '192.0.2.80')]));
    expect(outcomesOf(west)).toEqual([3, 0, 0, 0]);
  });

  test('sent to several servers are still two, as musl sends them', async () => {
    const [west, east] = pair();
    const { socket, port } = await clientSocket(west, addresses().client);
    const servers = [
      { address: addresses().server, answering: await serverSocket(east, addresses().server) },
      { address: addresses().client, answering: await serverSocket(west, addresses().client) },
    ];
    for (const octets of [bare.A, bare.AAAA])
      for (const { address, answering } of servers) {
        await socket.write(octets, address, DNS_PORT);
        await answering.receive(octets.length);
      }
    for (const octets of [empty, ANSWER])
      for (const { answering } of servers) {
        await answering.write(octets, addresses().client, port);
        await socket.receive(octets.length);
      }
    expect(outcomesOf(west)).toEqual([2, 0, 0, 0]);
  });
});

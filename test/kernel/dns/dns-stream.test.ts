import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DNS_PORT,
  lengthOf,
  streamExchange,
  streamed,
  withId,
} from '../../../lab/network/dns-peers.ts';
import type { Peer } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import { FAMILIES, openStage, type Stage } from '../../../lab/scene/stage.ts';
import { a, QNAME, query, response } from '../../../src/core/dns/compose.ts';

const NAME = 'web.test';
const QUERY = query(NAME);
const ANSWER = response(NAME, [a(QNAME, '192.0.2.80')]);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const pair = () => [stage.peer('west'), stage.peer('east')] as const;
const outcomesOf = ({ cgroup }: Peer) => stage.scene.usageOf(cgroup).dns.queries;
const keptOf = ({ cgroup }: Peer) =>
  stage.scene
    .answersOf(cgroup)
    .map(({ message, messageBytes }) => [...message.subarray(0, messageBytes)]);

describe.each(FAMILIES)('over IPv%i', (family) => {
  const addresses = () => ({
    client: stage.network.west.addresses[family],
    server: stage.network.east.addresses[family],
  });

  test('a message and its length may be in one segment', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await streamExchange(west, east, addresses());
    await sendQuery(streamed(QUERY));
    await answer(streamed(ANSWER));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
    expect(outcomesOf(east)).toEqual([0, 0, 0, 0]);
    expect(keptOf(west)).toEqual([[...ANSWER]]);
  });

  test('or in two, also if the next message follows', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await streamExchange(west, east, addresses());
    await sendQuery(lengthOf(QUERY));
    await sendQuery(Buffer.concat([withId(QUERY, 1), streamed(withId(QUERY, 2)), lengthOf(QUERY)]));
    await sendQuery(withId(QUERY, 3));
    await answer(lengthOf(ANSWER));
    await answer(Buffer.concat([withId(ANSWER, 1), streamed(withId(ANSWER, 2))]));
    await answer(streamed(withId(ANSWER, 3)));
    expect(outcomesOf(west)).toEqual([3, 0, 0, 0]);
    expect(keptOf(west)).toEqual([1, 2, 3].map((id) => [...withId(ANSWER, id)]));
  });

  test('several messages may be in one segment, and answered in another order', async () => {
    const [west, east] = pair();
    const { sendQuery, answer, client } = await streamExchange(west, east, addresses());
    await sendQuery(streamed(...[1, 2, 3, 4].map((id) => withId(QUERY, id))));
    await answer(streamed(...[3, 1, 4].map((id) => withId(ANSWER, id))));
    expect(outcomesOf(west)).toEqual([3, 0, 0, 0]);
    expect(keptOf(west)).toHaveLength(3);
    await client.close();
    expect(outcomesOf(west)).toEqual([3, 0, 0, 1]);
  });

  test('a query with a retransmitted segment is one query', async () => {
    const [west, east] = pair();
    const { client, server, answer } = await streamExchange(west, east, addresses());
    const sentAgain = () => stage.network.west.statistic('Tcp.RetransSegs');
    const before = sentAgain();
    stage.network.east.run(
      'nft -f -',
      `add table inet deaf
      add chain inet deaf in { type filter hook input priority 0; }
      add rule inet deaf in tcp dport ${DNS_PORT} drop`,
    );
    await client.write(streamed(QUERY));
    await until('the segment to be sent again', () => sentAgain() > before);
    stage.network.east.run('nft delete table inet deaf');
    await server.receive(streamed(QUERY).length);
    await answer(streamed(ANSWER));
    await client.close();
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
  });

  test('data after the header may be missing, and half a header is no message', async () => {
    const [west, east] = pair();
    const { sendQuery, answer } = await streamExchange(west, east, addresses());
    await sendQuery(streamed(QUERY).subarray(0, 14));
    await sendQuery(streamed(withId(QUERY, 2)).subarray(0, 13));
    await answer(streamed(ANSWER));
    await answer(streamed(withId(ANSWER, 2)));
    expect(outcomesOf(west)).toEqual([1, 0, 0, 0]);
  });
});

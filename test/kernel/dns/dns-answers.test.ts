import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Exchange, exchange } from '../../../lab/network/dns-peers.ts';
import { ANSWER_MULTIPLE, mostOf } from '../../../lab/scene/shares.ts';
import { openStage, type Stage } from '../../../lab/scene/stage.ts';
import { a, message, QNAME, query, question, response } from '../../../src/core/dns/compose.ts';
import { parseAnswer } from '../../../src/core/dns/message.ts';
import { answersFor, possibleCpus } from '../../../src/kernel/machine.ts';
import type { AnswerRow } from '../../../src/kernel/tables/wire.gen.ts';

/** ANSWER_BYTES of bpf/lib/wire.h. */
const ANSWER_BYTES = 512;
const CPU = 0;
const NAME = 'web.test';

const answerOf = (last: number) => response(NAME, [a(QNAME, `192.0.2.${last}`)]);
const octetsOf = ({ message, messageBytes }: AnswerRow) => [...message.subarray(0, messageBytes)];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** Two peers of a stage, and their exchange. */
async function talkOn({ peer, network }: Stage) {
  const [west, east] = [peer('west'), peer('east')];
  const addresses = { client: network.west.addresses[4], server: network.east.addresses[4] };
  return { west, east, talk: await exchange(west, east, addresses) };
}

/** A query and its answer. */
async function resolve({ sendQuery, answer }: Exchange, octets: Uint8Array): Promise<void> {
  await sendQuery(query(NAME));
  await answer(octets);
}

test('an answer is stored completely, with the cgroup that asked', async () => {
  const { west, east, talk } = await talkOn(stage);
  await resolve(talk, answerOf(1));
  const kept = stage.scene.answersOf(west.cgroup);
  expect(kept.map(octetsOf)).toEqual([[...answerOf(1)]]);
  expect(kept).toMatchObject([{ cgroupId: statSync(west.cgroup).ino }]);
  expect(stage.scene.answersOf(east.cgroup)).toEqual([]);
});

test('of a long answer, the first 512 octets are stored', async () => {
  const long = response(
    NAME,
    Array.from({ length: 60 }, (_, i) => a(QNAME, `192.0.2.${i}`)),
  );
  const { west, talk } = await talkOn(stage);
  await resolve(talk, long);
  const [kept] = stage.scene.answersOf(west.cgroup).map(octetsOf);
  expect(kept).toEqual([...long.subarray(0, ANSWER_BYTES)]);
  expect(parseAnswer(Uint8Array.from(kept ?? []))?.addresses).toHaveLength(30);
});

test.each([
  ['that is truncated', { flags: 0x8380, answers: [a(QNAME, '192.0.2.1')] }],
  ['that is an error', { flags: 0x8183, answers: [a(QNAME, '192.0.2.1')] }],
  ['without a record', {}],
])('an answer %s is not stored', async (_, different) => {
  const { west, talk } = await talkOn(stage);
  await resolve(talk, message({ questions: [question(NAME)], ...different }));
  await resolve(talk, answerOf(2));
  expect(stage.scene.answersOf(west.cgroup).map(octetsOf)).toEqual([[...answerOf(2)]]);
});

test.each([
  ['another opcode', { flags: 0xa180, questions: [question(NAME)] }],
  ['two questions', { questions: [question(NAME), question(NAME)] }],
  ['no question', { questions: [] }],
  ['a query where an answer is due', { flags: 0x0100, questions: [question(NAME)] }],
])('a message that does not answer a query ends none: %s', async (_, different) => {
  const { west, talk } = await talkOn(stage);
  const { sendQuery, answer } = talk;
  await sendQuery(query(NAME));
  await answer(message({ ...different, answers: [a(QNAME, '192.0.2.1')] }));
  await answer(answerOf(1).subarray(0, 11));
  expect(stage.scene.usageOf(west.cgroup).dns.queries).toEqual([0, 0, 0, 0]);
  await answer(answerOf(1).subarray(0, 12));
  expect(stage.scene.usageOf(west.cgroup).dns.queries).toEqual([1, 0, 0, 0]);
  const [kept] = stage.scene.answersOf(west.cgroup).map(octetsOf);
  expect(kept).toHaveLength(12);
});

test('unread answers fill a share of the ring; a tick frees it', async () => {
  await using stage = await openStage();
  const { west, east, talk } = await talkOn(stage);
  // Packets are received on the CPU that sent them.
  for (const { pid } of [west, east]) execFileSync('taskset', ['-pc', String(CPU), String(pid)]);
  const room = mostOf(answersFor(await possibleCpus()), ANSWER_MULTIPLE);
  const kept = () => stage.scene.answersOf(west.cgroup);
  const lost = () => stage.scene.lost()['answer.over_share'] ?? 0;
  for (let i = 0; i < room; i++) await resolve(talk, answerOf(i % 256));
  expect([kept().length, lost()]).toEqual([room, 0]);
  expect(kept().map(({ cpu, sequence }) => [cpu, sequence])).toEqual(
    Array.from({ length: room }, (_, i) => [CPU, i + 1]),
  );

  for (let i = 1; i <= 3; i++) {
    await resolve(talk, answerOf(0));
    expect(lost()).toBe(i);
  }
  stage.scene.tick();
  await resolve(talk, answerOf(255));
  expect([kept().length, lost()]).toEqual([room + 1, 3]);
  expect(octetsOf(kept().at(-1) as AnswerRow)).toEqual([...answerOf(255)]);
  expect(stage.scene.usageOf(west.cgroup).dns.queries).toEqual([room + 4, 0, 0, 0]);
  expect(stage.scene.usageOf(west.cgroup).evidenceLost).toBe(3);
});

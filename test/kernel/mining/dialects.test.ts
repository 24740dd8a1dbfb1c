import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { DIALECTS } from '../../../src/core/mining/detectors/dialect.ts';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';
import { randomFrom } from '../../../src/core/seeded-random.ts';
import { DIALECTS as DIALECT_NAMES } from '../../../src/kernel/tables/wire.gen.ts';
import {
  EVASIONS,
  hasClient,
  type Segment,
  segmentsOf,
} from '../../../trials/mining/emulators/evasions.ts';
import {
  GRAMMARS,
  type Grammar,
  NODE_GRAMMARS,
} from '../../../trials/mining/emulators/grammars.ts';
import { LOOK_ALIKES } from '../../../trials/mining/emulators/look-alikes.ts';
import { playInEach, playInside, portsIn } from '../../../trials/mining/emulators/sessions.ts';

/** Of each dialect in each evasion. */
const FLOWS = 4;
/** Of each kind of look-alike: two thousand in all. */
const LOOK_ALIKE_FLOWS = 50;

/** Longer than the kernel's first pause. */
const PAUSE_MS = 10_500;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

/** Evasions in which a flow was not recognized at the client's or the server's end. */
async function missedOf(
  name: string,
  grammar: Grammar,
  signal: SignalOfDialect,
  address = '127.0.0.1',
): Promise<string[]> {
  const plays = Object.entries(EVASIONS).flatMap(([evasion, how], i) => {
    const random = randomFrom(1 + i);
    const all = Array.from({ length: FLOWS }, () => segmentsOf(grammar(random), how, random));
    const sessions = all.filter(hasClient);
    if (sessions.length === 0) return [];
    const cgroup = scene.makeCgroup(`${name}-${i}`.replaceAll(' ', '-'));
    return [{ evasion, cgroup, sessions }];
  });
  const ports = await playInEach(plays, address);
  const missed = plays.filter(({ cgroup, sessions }, i) => {
    const clues = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.payload);
    const right = clues.filter(({ detail }) => signalOf(detail) === signal);
    return portsIn(ports[i] ?? [], right).length < sessions.length;
  });
  scene.tick();
  return missed.map(({ evasion }) => evasion);
}

type SignalOfDialect = 'mining_protocol' | 'node_rpc';

/** The strongest signal of a clue. */
function signalOf(detail: number): SignalOfDialect {
  const signals = DIALECTS.flatMap(({ signal }, bit) => (detail & (1 << bit) ? signal : []));
  return signals.includes('mining_protocol') ? 'mining_protocol' : 'node_rpc';
}

describe('every flow of a mining dialect is recognized, however it is written and cut', () => {
  test.each(Object.entries(GRAMMARS))('%s', { timeout: 120_000 }, async (name, grammar) => {
    const address = name.length % 2 === 0 ? '127.0.0.1' : '::1';
    expect(await missedOf(name, grammar, 'mining_protocol', address)).toEqual([]);
  });
});

describe('of HTTP, the head alone is enough', () => {
  const refusal = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
  const requestHead = (...headers: readonly string[]) =>
    `${['POST / HTTP/1.1', 'Host: pool', ...headers].join('\r\n')}\r\n\r\n`;
  let cgroups = 0;

  /** The names of the recognized dialects. */
  async function spoken(...session: readonly Segment[]): Promise<string[]> {
    const cgroup = scene.makeCgroup(`head-${cgroups++}`);
    await playInside(cgroup, [session]);
    const clues = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.payload);
    scene.tick();
    const bits = clues.reduce((all, { detail }) => all | detail, 0);
    return DIALECT_NAMES.filter((_, bit) => bits & (1 << bit));
  }

  test.each([
    ['in one segment', (head: string) => [head]],
    ['in two', (head: string) => [head.slice(0, 30), head.slice(30)]],
    ['cut within the name', (head: string) => head.split(/(?<=X-Mi)/i)],
  ])("a miner's header, before a refusal: %s", async (_, cut) => {
    const head = requestHead('X-Mining-Extensions: longpoll midstate rollntime');
    const requests = cut(head).map((octets): Segment => ({ from: 'client', octets }));
    expect(await spoken(...requests, { from: 'server', octets: refusal })).toEqual(['getwork']);
  });

  test('with its name in any case', async () => {
    const head = requestHead('x-MINING-hashrate: 1200');
    expect(await spoken({ from: 'client', octets: head })).toEqual(['getwork']);
  });

  test("a pool's header in its answer, where a miner may have asked", async () => {
    const body = '{"id":1,"method":"getwork","params":[]}\n';
    const octets = `${requestHead(`Content-Length: ${body.length}`)}${body}`;
    const answer = 'HTTP/1.1 200 OK\r\nX-Stratum: stratum+tcp://pool:3333\r\n\r\n{"result":1}';
    const talk: Segment[] = [
      { from: 'client', octets },
      { from: 'server', octets: answer },
    ];
    expect(await spoken(...talk)).toEqual(['node_rpc', 'stratum_offer']);
  });

  test.each([
    ['in a value', requestHead('Referer: https://blog.example/x-mining-explained')],
    ['in a path', requestHead().replace('POST / ', 'POST /x-mining-api ')],
    ['in a body', `${requestHead('Content-Type: text/plain')}x-mining`],
    ['at the end of another name', requestHead('My-X-Mining: no')],
  ])('but not the word elsewhere: %s', async (_, octets) => {
    expect(await spoken({ from: 'client', octets })).toEqual([]);
  });

  test("not a pool's header in the answer to anybody", async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-Stratum: stratum+tcp://pool:3333\r\n\r\n';
    const talk: Segment[] = [
      { from: 'client', octets: requestHead() },
      { from: 'server', octets: answer },
    ];
    expect(await spoken(...talk)).toEqual([]);
  });
});

test('after much data without a match, inspection pauses for a while', {
  timeout: 60_000,
}, async () => {
  const noise: Segment = { from: 'client', octets: `${JSON.stringify({ x: 'x'.repeat(990) })}\n` };
  const share = '{"id":2,"method":"submit","params":{"job_id":"a","nonce":"b","result":"c"}}\n';
  const isReported = async (...last: readonly Segment[]) => {
    const cgroup = scene.makeCgroup(`much-of-nothing-${last.length}`);
    await playInside(cgroup, [[...Array<Segment>(70).fill(noise), ...last]]);
    return scene.cluesOf(cgroup).length > 0;
  };
  const atOnce: Segment = { from: 'client', octets: share };
  expect(await isReported(atOnce)).toBe(false);
  expect(await isReported(atOnce, { ...atOnce, afterMs: PAUSE_MS })).toBe(true);
});

test('a dialect that begins late is detected, although packets are only sampled', async () => {
  const nothing = Array.from({ length: 200 }, (_, i): Segment => {
    return { from: i % 2 === 0 ? 'client' : 'server', octets: '\x17\x03\x03 nothing' };
  });
  const share = '{"id":2,"method":"submit","params":{"job_id":"a","nonce":"b","result":"c"}}\n';
  const cgroup = scene.makeCgroup('late');
  const shares = Array<Segment>(20).fill({ from: 'client', octets: share });
  await playInside(cgroup, [[...nothing, ...shares]]);
  expect(scene.cluesOf(cgroup).length).toBeGreaterThan(0);
});

describe('requests to a node that any client may send are recognized as such, and as nothing more', () => {
  test.each(Object.entries(NODE_GRAMMARS))('%s', { timeout: 120_000 }, async (name, grammar) => {
    expect(await missedOf(name, grammar, 'node_rpc')).toEqual([]);
  });
});

test('nothing is recognized in look-alikes', { timeout: 300_000 }, async () => {
  const random = randomFrom(7);
  const plays = Object.entries(LOOK_ALIKES).map(([what, lookAlike], i) => ({
    what,
    cgroup: scene.makeCgroup(`look-alike-${i}`),
    sessions: Array.from({ length: LOOK_ALIKE_FLOWS }, () => lookAlike(random)),
  }));
  await playInEach(plays);
  const recognized = plays.filter(({ cgroup }) =>
    scene.cluesOf(cgroup).some(({ kind }) => kind === CLUE_KIND.payload),
  );
  expect(recognized.map(({ what }) => what)).toEqual([]);
});

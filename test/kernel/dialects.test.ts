import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLUE_KIND } from '../../src/core/detect/clue.ts';
import { DIALECTS } from '../../src/core/detect/dialect.ts';
import { randomFrom } from '../../src/core/detect/observation.fixture.ts';
import { GRAMMARS, type Grammar, NODE_GRAMMARS } from '../emulators/dialects.ts';
import { EVASIONS, segmentsOf } from '../emulators/evasions.ts';
import { LOOK_ALIKES } from '../emulators/look-alikes.ts';
import { openScene, type Scene } from '../support/scene.ts';
import { playInside, portsIn } from '../support/sessions.ts';

/** Of each dialect in each evasion. */
const FLOWS = 4;
/** Of each kind of what only looks like one: two thousand in all. */
const LOOK_ALIKE_FLOWS = 50;

/** Where a session that is seen from the middle has nothing left that was said. */
const SAID_AT_ONCE = [
  'getwork',
  'getblocktemplate',
  'getwork, chunked',
  'getwork, a head of 900 octets',
  'getwork, a head of 1500 octets',
];

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

/** By what the flows were recognized as: how many of how many, at the client's or the server's end. */
async function recognized(
  name: string,
  grammar: Grammar,
  address: string,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [i, [evasion, how]] of Object.entries(EVASIONS).entries()) {
    const cgroup = scene.makeCgroup(`${name}-${i}`.replaceAll(' ', '-'));
    const random = randomFrom(1 + i);
    const sessions = Array.from({ length: FLOWS }, () => segmentsOf(grammar(random), how, random));
    const ports = await playInside(cgroup, sessions, address);
    const told = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.payload);
    for (const { detail } of told) found[signalOf(detail)] ??= 0;
    found[evasion] = portsIn(ports, told).length;
    scene.reap();
    scene.reap();
  }
  return found;
}

/** The strongest that a clue is of. */
function signalOf(detail: number): string {
  const signals = DIALECTS.flatMap(({ signal }, bit) => (detail & (1 << bit) ? signal : []));
  return signals.includes('mining_protocol') ? 'mining_protocol' : 'node_rpc';
}

function allOf(signals: readonly string[], but: readonly string[] = []): Record<string, number> {
  const evasions = Object.keys(EVASIONS).map((name) => [name, but.includes(name) ? 0 : FLOWS]);
  return Object.fromEntries([...signals.map((signal) => [signal, 0]), ...evasions]);
}

describe('every flow of a mining dialect is recognized, however it is written and cut', () => {
  test.each(Object.entries(GRAMMARS))('%s', { timeout: 120_000 }, async (name, grammar) => {
    const address = name.length % 2 === 0 ? '127.0.0.1' : '::1';
    const missed = SAID_AT_ONCE.includes(name) ? ['from the middle'] : [];
    const found = await recognized(name, grammar, address);
    delete found['node_rpc'];
    expect(found).toEqual(allOf(['mining_protocol'], missed));
  });
});

describe('what any client of a node may ask is recognized as that, and as no more', () => {
  test.each(Object.entries(NODE_GRAMMARS))('%s', { timeout: 120_000 }, async (name, grammar) => {
    const found = await recognized(name, grammar, '127.0.0.1');
    expect(found).toEqual(allOf(['node_rpc'], ['from the middle']));
  });
});

test('nothing is recognized in what only looks like it', { timeout: 300_000 }, async () => {
  const random = randomFrom(7);
  const told: string[] = [];
  for (const [i, [what, lookAlike]] of Object.entries(LOOK_ALIKES).entries()) {
    const cgroup = scene.makeCgroup(`look-alike-${i}`);
    await playInside(
      cgroup,
      Array.from({ length: LOOK_ALIKE_FLOWS }, () => lookAlike(random)),
    );
    const clues = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.payload);
    if (clues.length > 0) told.push(what);
  }
  expect(told).toEqual([]);
});

import { expect } from 'vitest';
import { exchange } from '../../../lab/network/dns-peers.ts';
import { openNetwork } from '../../../lab/network/network.ts';
import { compiled, type Process, runInside, startInside } from '../../../lab/process/process.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { openStage } from '../../../lab/scene/stage.ts';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';
import { playInside } from './sessions.ts';

export const SHARE = '{"id":1,"method":"mining.submit","params":[]}';
const LOGIN = `${JSON.stringify({
  id: 1,
  jsonrpc: '2.0',
  method: 'login',
  params: { login: '4'.repeat(95), pass: 'x', agent: 'XMRig/6', algo: ['rx/0'] },
})}\n`;
/** Less than the share of one of two pods. */
const MINERS_A_TICK = 400;
const MINER = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333'];

/** A neighbor in its own cgroup and network namespace: lab/programs/hostile.c. */
export async function neighbor(
  stack: AsyncDisposableStack,
  scene: Scene,
  name: string,
  words: readonly string[],
): Promise<Process> {
  const network = stack.use(await openNetwork());
  const enter = ['nsenter', `--net=${network.west.netns}`];
  const command = [...enter, compiled('hostile'), ...words];
  const hostile = stack.use(await startInside(scene.makeCgroup(name), command));
  await hostile.prints('ready');
  return hostile;
}

/** It prints a count when it ends. */
function isRunning(hostile: Process): boolean {
  return !hostile.output().includes('\n', 'ready\n'.length);
}

function cluesOf(scene: Scene, cgroup: string, kind: keyof typeof CLUE_KIND): number {
  return scene.cluesOf(cgroup).filter((clue) => clue.kind === CLUE_KIND[kind]).length;
}

/** Fails unless each login of one pod is seen during and after a flood of mining messages from another. */
export async function expectLoginsBeside(seconds: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const innocent = scene.makeCgroup('innocent');
  const hostile = await neighbor(stack, scene, 'hostile', ['payload', String(seconds), SHARE]);
  const logins = { sent: 0, seen: 0 };
  const logIn = async () => {
    await playInside(innocent, [[{ from: 'client', octets: LOGIN }]]);
    logins.sent += 1;
    // At both ends of the connection, which belong to the pod.
    logins.seen += cluesOf(scene, innocent, 'payload') / 2;
    scene.tick();
  };
  while (isRunning(hostile)) await logIn();
  await hostile.end();
  for (let i = 0; i < 3; i++) await logIn();
  expect(logins.sent).toBeGreaterThan(5);
  expect(logins.seen).toBe(logins.sent);
  expect(scene.lost()['payload.over_share']).toBeGreaterThan(0);
  expect(scene.usageOf(innocent).evidenceLost).toBe(0);
}

/** The same for program starts, beside a pod that starts miners. */
export async function expectExecsBeside(seconds: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const innocent = scene.makeCgroup('innocent');
  const hostile = await neighbor(stack, scene, 'hostile', ['execs', String(seconds), ...MINER]);
  const hostileCgroup = scene.makeCgroup('hostile');
  const miners = { started: 0, seen: 0 };
  while (isRunning(hostile)) {
    for (let i = 0; i < MINERS_A_TICK; i++) await runInside(innocent, MINER);
    miners.started += MINERS_A_TICK;
    miners.seen += cluesOf(scene, innocent, 'exec');
    scene.tick();
  }
  await hostile.end();
  expect(miners.seen).toBe(miners.started);
  expect(scene.lost()['clue.over_share']).toBeGreaterThan(0);
  expect(scene.lost()).not.toHaveProperty('clue.unread');
  expect(scene.usageOf(innocent).evidenceLost).toBe(0);

  // A tick that has read them frees room for the next ones of any pod.
  scene.tick();
  const before = cluesOf(scene, hostileCgroup, 'exec');
  await runInside(hostileCgroup, MINER);
  expect([before, cluesOf(scene, hostileCgroup, 'exec')]).toEqual([0, 1]);
}

/** The same for DNS answers. */
export async function expectAnswersBeside(seconds: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await openStage());
  const { scene, network } = stage;
  const hostile = await neighbor(stack, scene, 'hostile', ['answers', String(seconds)]);
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const at = { client: network.west.addresses[4], server: network.east.addresses[4] };
  const talk = await exchange(west, east, at);
  const kept = new Set<string>(); // answers stay until their slot is needed
  let sent = 0;
  while (isRunning(hostile)) {
    for (let id = 0; id < 50; id++) {
      await talk.sendQuery(question(id));
      await talk.answer(answer(id));
    }
    sent += 50;
    for (const { cpu, sequence } of scene.answersOf(west.cgroup)) kept.add(`${cpu} ${sequence}`);
    scene.tick();
  }
  expect(kept.size).toBe(sent);
  expect(scene.lost()['answer.over_share']).toBeGreaterThan(0);
  expect(scene.lost()).not.toHaveProperty('answer.unread');
  expect(scene.usageOf(west.cgroup).evidenceLost).toBe(0);
}

/** RFC 1035: a question for the address of a.b, and its answer. */
function question(id: number): Uint8Array {
  const name = [1, 0x61, 1, 0x62, 0];
  return Uint8Array.from([0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
}

function answer(id: number): Uint8Array {
  const octets = [...question(id), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
  octets.splice(2, 6, 0x81, 0x80, 0, 1, 0, 1);
  return Uint8Array.from(octets);
}

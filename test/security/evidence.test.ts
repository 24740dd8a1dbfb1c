import { expect, test } from 'vitest';
import { CLUE_KIND } from '../../src/core/detect/clue.ts';
import { exchange } from '../support/dns-peers.ts';
import { openNetwork } from '../support/network.ts';
import { compiled, type Process, runInside, startInside } from '../support/process.ts';
import { openScene, type Scene } from '../support/scene.ts';
import { playInside } from '../support/sessions.ts';
import { openStage } from '../support/stage.ts';

const SHARE = '{"id":1,"method":"mining.submit","params":[]}';
const LOGIN = `${JSON.stringify({
  id: 1,
  jsonrpc: '2.0',
  method: 'login',
  params: { login: '4'.repeat(95), pass: 'x', agent: 'XMRig/6', algo: ['rx/0'] },
})}\n`;
const MINER = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333'];

/** A neighbor in a cgroup and a network namespace of its own: test/support/hostile.c. */
async function neighbor(
  stack: AsyncDisposableStack,
  scene: Scene,
  name: string,
  words: readonly string[],
): Promise<Process> {
  const network = stack.use(await openNetwork());
  const enter = ['nsenter', `--net=${network.west.netns}`];
  const command = [...enter, compiled('hostile'), ...words];
  const hostile = stack.use(await startInside(scene.makeCgroup(name), command));
  await hostile.says('ready');
  return hostile;
}

/** It prints how often it did its deed when it ends. */
function isRunning(hostile: Process): boolean {
  return !hostile.output().includes('\n', 'ready\n'.length);
}

function cluesOf(scene: Scene, cgroup: string, kind: keyof typeof CLUE_KIND): number {
  return scene.cluesOf(cgroup).filter((clue) => clue.kind === CLUE_KIND[kind]).length;
}

test("every login of a pod is seen while another's stream of mining messages runs, and after", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const innocent = scene.makeCgroup('innocent');
  const hostile = await neighbor(stack, scene, 'hostile', ['payload', '4', SHARE]);
  const logins = { sent: 0, seen: 0 };
  const logIn = async () => {
    await playInside(innocent, [[{ from: 'client', octets: LOGIN }]]);
    logins.sent += 1;
    // At both ends of the connection, which are the pod's.
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
});

test('what is not read of the stream is counted with its pod, and read again a little later', async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const hostile = await neighbor(stack, scene, 'hostile', ['payload', '1', SHARE]);
  await hostile.end();
  const lost = scene.lost()['payload.over_share'] ?? 0;
  expect(lost).toBeGreaterThan(0);
  expect(scene.usageOf(`${scene.cgroup}/hostile`).evidenceLost).toBe(lost);
});

test('a stream of mining messages flows as fast as it does where nothing is read', async () => {
  await using stack = new AsyncDisposableStack();
  const blind = stack.use(await openScene({ mining: [] }));
  const octetsIn = async (scene: Scene) => {
    const hostile = await neighbor(stack, scene, 'hostile', ['payload', '0.7', SHARE]);
    return Number((await hostile.end()).split('\n')[1]);
  };
  // In turns, and the best of each, as the machine may be busy; each time with all of its reading time.
  const octets = { read: 0, unread: 0 };
  for (let round = 0; round < 3; round++) {
    octets.unread = Math.max(octets.unread, await octetsIn(blind));
    const reading = stack.use(await openScene());
    octets.read = Math.max(octets.read, await octetsIn(reading));
  }
  process.stdout.write(`a stream that is read flows at ${octets.read / octets.unread}\n`);
  expect(octets.read / octets.unread).toBeGreaterThan(0.8);
});

test("a pod's execs are seen while another starts miners as fast as it can", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const innocent = scene.makeCgroup('innocent');
  const hostile = await neighbor(stack, scene, 'hostile', ['execs', '4', ...MINER]);
  const hostileCgroup = scene.makeCgroup('hostile');
  let started = 0;
  for (; isRunning(hostile); started++) await runInside(innocent, MINER);
  await hostile.end();
  expect(started).toBeGreaterThan(5);
  expect(cluesOf(scene, innocent, 'exec')).toBe(started);
  expect(scene.lost()['clue.over_share']).toBeGreaterThan(0);
  expect(scene.lost()).not.toHaveProperty('clue.unread');
  expect(scene.usageOf(innocent).evidenceLost).toBe(0);

  // A tick that read them makes room for the next ones, of whichever pod.
  scene.tick();
  const before = cluesOf(scene, hostileCgroup, 'exec');
  await runInside(hostileCgroup, MINER);
  expect([before, cluesOf(scene, hostileCgroup, 'exec')]).toEqual([0, 1]);
});

test("a pod's DNS answers are kept while another has as many as it can", async () => {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await openStage());
  const { scene, network } = stage;
  await neighbor(stack, scene, 'hostile', ['answers', '2']);
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const at = { client: network.west.addresses[4], server: network.east.addresses[4] };
  const talk = await exchange(west, east, at);
  for (let id = 0; id < 50; id++) {
    await talk.ask(question(id));
    await talk.answer(answer(id));
  }
  expect(scene.answersOf(west.cgroup)).toHaveLength(50);
  expect(scene.lost()['answer.over_share']).toBeGreaterThan(0);
  expect(scene.lost()).not.toHaveProperty('answer.unread');
  expect(scene.usageOf(west.cgroup).evidenceLost).toBe(0);
});

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

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { openNetwork } from '../../lab/network/network.ts';
import { Peer, type Socket } from '../../lab/network/peer.ts';
import { compiled, runInside, until } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, sceneAt, sceneOptions } from '../../lab/scene/scene.ts';
import { CLUE_KIND } from '../../src/core/reading/clue.ts';

/** Creates pods, one after the other, that start a miner's command line at once. */
const BIRTHS = `cd "$0" || exit
for pod in $(seq "$2"); do
	mkdir "$1-$pod"
	sh -c 'echo $$ >"$0/cgroup.procs" && exec /bin/true -o stratum+tcp://pool.example:3333' "$1-$pod"
done`;
/** Enough in parallel that one starts whenever a table is read. */
const MOTHERS = 4;
const PODS = 100;

test('a pod’s first millisecond is seen, at any phase of the tick', async () => {
  await using scene = await openScene({ mining: ['exec'] });
  await using daemon = await startDaemon(scene.options);
  const mother = scene.makeCgroup('mother');
  await Promise.all(
    Array.from({ length: MOTHERS }, (_, i) =>
      runInside(mother, ['sh', '-c', BIRTHS, scene.cgroup, `child-${i}`, `${PODS}`]),
    ),
  );
  const namespace = basename(scene.cgroup);
  const found = async () =>
    (await daemon.samples())
      .select('vigia_pod_mining_evidence_total', { namespace, signal: 'argv' })
      .map(({ labels, reading }) => [labels['pod'], reading]);
  await until('all to be found', async () => (await found()).length === MOTHERS * PODS, 10_000);
  expect((await found()).every(([, reading]) => reading === 1)).toBe(true);
  const lost = (await daemon.samples()).select('vigia_lost_total', { table: 'finding' });
  expect(lost.map(({ reading }) => reading)).toEqual([0, 0]);
});

test('two hundred pods that log in within one tick on one CPU are seen, each at both ends', async () => {
  await using scene = await openScene();
  await using network = await openNetwork();
  const login = '{"id":1,"method":"login","params":{"login":"a","pass":"x","algo":["rx/0"]}}';
  const enter = ['taskset', '-c', '0', 'nsenter', `--net=${network.west.netns}`];
  const pods = Array.from({ length: 200 }, (_, i) => scene.makeCgroup(`pod-${i}`));
  for (const pod of pods) await runInside(pod, [...enter, compiled('hostile'), 'talk', login]);
  const seen = pods.map((pod) => {
    const clues = scene.cluesOf(pod).filter(({ kind }) => kind === CLUE_KIND.payload);
    return clues.length;
  });
  expect(seen).toEqual(pods.map(() => 2));
  expect(scene.lost()).not.toHaveProperty('clue.unread');
});

test('cgroups without a task at load count traffic of their sockets', async () => {
  const options = await sceneOptions();
  await using network = await openNetwork();
  const home = join(options.cgroup.path, 'home');
  const empty = Array.from({ length: 600 }, (_, i) => join(options.cgroup.path, `empty-${i}`));
  for (const cgroup of [home, ...empty]) mkdirSync(cgroup);
  await using east = new Peer(home, network.east.netns);
  await using west = new Peer(home, network.west.netns);
  const server = await east.socket('udp', 4);
  const port = await server.bind(network.east.addresses[4]);
  const sockets: Socket[] = [];
  for (const cgroup of empty) {
    await west.enter(cgroup);
    const socket = await west.socket('udp', 4);
    await socket.connect(network.east.addresses[4], port);
    sockets.push(socket);
  }
  await west.enter(home);
  await using scene = await sceneAt(options);
  for (const socket of sockets) {
    await socket.send(10, 10);
    await server.receive(10);
  }
  const sent = empty.map((cgroup) => scene.usageOf(cgroup).network.transmit[1]?.packets);
  expect(sent).toEqual(empty.map(() => 1));
  expect(scene.lost()).not.toHaveProperty('usage.late');
  // Later changes do not affect the walk through the tree.
  execFileSync('rmdir', empty);
  await until('all to be noticed', () => {
    const dead = scene.usage().filter(({ diedNs }) => diedNs > 0);
    return dead.length === empty.length;
  });
});

import { execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdConnections } from '../../lab/network/crowd.ts';
import { openNetwork } from '../../lab/network/network.ts';
import { compiled, runInside, until } from '../../lab/process/process.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';
import { CONNECTION_MULTIPLE, mostOf } from '../../lab/scene/shares.ts';
import { connectionsFor } from '../../src/kernel/machine.ts';

const MAP_MEMORY = { mapMemoryBytes: 128 * 1024 ** 2 };

/** Number of rows of the usage table. */
async function slotsOf(scene: Scene): Promise<number> {
  const map = join(scene.options.bpffs, 'current/maps/usage_by_slot');
  type Shown = { readonly max_entries: number };
  return (await scene.bpftool.json<Shown>(['map', 'show', 'pinned', map])).max_entries;
}

const hasRow = (scene: Scene, cgroup: string) =>
  scene.usage().some(({ cgroupId }) => cgroupId === statSync(cgroup).ino);

test('9,000 cgroups of a user leave rows to services that start later', async () => {
  await using scene = await openScene(MAP_MEMORY);
  const own = scene.makeCgroup('user');
  chownSync(own, 4711, 4711);
  const make = 'cd "$0" && for i in $(seq 9000); do echo $i; done | xargs mkdir';
  execFileSync('setpriv', ['--reuid=4711', '--clear-groups', 'sh', '-c', make, own]);
  for (let i = 0; i < 200; i++) {
    const service = scene.makeCgroup(`system/${i}`);
    expect(hasRow(scene, service), service).toBe(true);
  }
  const { 'usage.over_share': beyond } = scene.lost();
  process.stdout.write(`${scene.usage().length} rows; of the user's cgroups ${beyond} have none\n`);
});

test("200,000 peers of a pod take nothing from another's", async () => {
  await using scene = await openScene(MAP_MEMORY);
  await using network = await openNetwork();
  const scatter = (cgroup: string, peers: number) =>
    runInside(cgroup, [
      ...['nsenter', `--net=${network.west.netns}`],
      ...[compiled('scatter'), String(peers), '100'],
    ]);
  const [innocent, hostile] = [scene.makeCgroup('innocent'), scene.makeCgroup('hostile')];
  await scatter(innocent, 500);
  const peersOf = (cgroup: string) =>
    scene
      .flowsOf(cgroup)
      .map(({ peerAddress, sent, received }) => ({ peerAddress, sent, received }));
  const before = peersOf(innocent);
  expect(before).toHaveLength(501);
  for (let round = 0; round < 3; round++) {
    await scatter(hostile, 200_000);
    for (let sweep = 0; sweep < 3; sweep++) scene.tick();
  }
  expect(peersOf(innocent)).toEqual(before);
  const sent = peersOf(hostile).reduce((bytes, flow) => bytes + flow.sent.bytes, 0);
  expect(sent).toBe(3 * 200_000 * 2 * 100); // each datagram and its answer
});

test('of 54,000 connections of a pod, both ends, a part is tracked, and all are counted', async () => {
  await using scene = await openScene(MAP_MEMORY);
  await using network = await openNetwork();
  const [hostile, innocent] = [scene.makeCgroup('hostile'), scene.makeCgroup('innocent')];
  const hold = (cgroup: string, count: number, port: number) =>
    holdConnections(cgroup, network.west.netns, count, port);
  const sum = (cgroup: string, of: (flow: ReturnType<Scene['flows']>[number]) => number) =>
    scene.flowsOf(cgroup).reduce((total, flow) => total + of(flow), 0);
  const most = mostOf(connectionsFor(await slotsOf(scene)), CONNECTION_MULTIPLE);
  {
    await using stack = new AsyncDisposableStack();
    for (let part = 0; part < 6; part++) stack.use(await hold(hostile, 9000, 9000 + part));
    expect(sum(hostile, ({ openNow }) => openNow)).toBe(Math.min(most, 2 * 54_000));
    stack.use(await hold(innocent, 1000, 9010));
    expect(sum(innocent, ({ openNow }) => openNow)).toBe(2 * 1000);
    const began = performance.now();
    scene.flows();
    process.stdout.write(`${most} tracked: read in ${Math.round(performance.now() - began)} ms\n`);
  }
  await until('all to end', () => sum(hostile, ({ sent }) => sent.bytes) === 54_000 * 64);
  expect(sum(hostile, ({ received }) => received.bytes)).toBe(54_000 * 64);
  expect(sum(innocent, ({ sent }) => sent.bytes)).toBe(1000 * 64);
});

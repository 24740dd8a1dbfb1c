import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, rmdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { holdConnections } from '../../lab/network/crowd.ts';
import { openNetwork } from '../../lab/network/network.ts';
import { Peer } from '../../lab/network/peer.ts';
import { compiled, cpuStatNs, runInside, until } from '../../lab/process/process.ts';
import { totalNs } from '../../lab/scene/books.ts';
import { memoryFor, openScene, type Scene } from '../../lab/scene/scene.ts';
import { CONNECTION_MULTIPLE, mostOf, SOCKET_MULTIPLE } from '../../lab/scene/shares.ts';
import {
  connection,
  datagramPair,
  openStage,
  sendDatagrams,
  stream,
} from '../../lab/scene/stage.ts';
import { CLUE_KIND } from '../../src/core/reading/clue.ts';
import { connectionsFor, flowsFor } from '../../src/kernel/machine.ts';

const MS = 1e6;
const SLOTS = 600;
const MINER = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333'];
const work = compiled('work');

/** Twice as many cgroups as rows, so most get none. */
function makeMany(scene: Scene, below: string): string[] {
  return Array.from({ length: 2 * SLOTS }, (_, i) => scene.makeCgroup(`${below}/${i}`));
}

const hasRow = (scene: Scene, cgroup: string) =>
  scene.usage().some(({ cgroupId }) => cgroupId === statSync(cgroup).ino);

const loss = (scene: Scene, what: string) => scene.lost()[what] ?? 0;

/** Uses this many ms of CPU time in a cgroup, and returns the kernel's figure. */
async function burn(cgroup: string, ms: number): Promise<number> {
  const before = cpuStatNs(cgroup);
  await runInside(cgroup, [work, 'burn', String(ms), '1', '1', '0']);
  return cpuStatNs(cgroup) - before;
}

test("a user's cgroups leave rows to all others, and are summed in the user's own row", async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(SLOTS) });
  const user = scene.makeCgroup('user');
  const many = makeMany(scene, 'user');
  expect(loss(scene, 'usage.over_share')).toBeGreaterThan(SLOTS);
  expect(scene.lost()).not.toHaveProperty('usage.table_full');
  for (const name of ['system/late', 'kubepods/burstable/pod1/container', 'late'])
    expect(hasRow(scene, scene.makeCgroup(name)), name).toBe(true);

  const rowless = many.at(-1) ?? '';
  expect(hasRow(scene, rowless)).toBe(false);
  const before = scene.usageOf(user).cpu.oncpuNs;
  const burned = await burn(rowless, 50);
  expect(scene.usageOf(user).cpu.oncpuNs - before).toBeGreaterThanOrEqual(burned - MS);
  await runInside(rowless, MINER);
  expect(scene.cluesOf(user).map(({ kind }) => kind)).toEqual([CLUE_KIND.exec]);
  expect(Math.abs(totalNs(scene.usage()) - cpuStatNs(scene.cgroup)) / MS).toBeLessThan(5);
});

test("what a cgroup without a row sends is in its ancestor's row and flows", async () => {
  await using stage = await openStage({ mapMemoryBytes: await memoryFor(SLOTS) });
  const { scene, network } = stage;
  const user = scene.makeCgroup('user');
  const rowless = makeMany(scene, 'user').at(-1) ?? '';
  await using west = new Peer(rowless, network.west.netns);
  const east = stage.peer('east');
  const address = network.east.addresses[4];
  const pair = await datagramPair(west, east, address);
  await sendDatagrams(pair, { count: 20, size: 100 });
  const { client, server } = await connection(west, east, address);
  await stream(client, server, 5000);
  const { network: used, tcp } = scene.usageOf(user);
  expect(used.transmit[1]).toEqual({ packets: 20, bytes: 20 * 128 });
  expect(tcp).toMatchObject({ connects: 1 });
  const sent = scene.flowsOf(user).map(({ protocol, sent: { bytes } }) => [protocol, bytes]);
  expect(sent.sort()).toEqual([
    ['tcp', 5000],
    ['udp', 2000],
  ]);
  expect(scene.lost()).not.toHaveProperty('usage.late');
});

test('all users other than root together get a third of the rows', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(SLOTS) });
  for (const [user, uid] of [
    ['one', 12_001],
    ['two', 12_002],
  ] as const) {
    const own = scene.makeCgroup(`users/${user}`);
    chownSync(own, uid, uid);
    const make = `cd "$0" && for i in $(seq ${2 * SLOTS}); do echo $i; done | xargs mkdir`;
    execFileSync('setpriv', [`--reuid=${uid}`, '--clear-groups', 'sh', '-c', make, own]);
  }
  expect(scene.usage().length).toBeLessThan(SLOTS / 3 + 10);
  // Remains for a kubelet, whose own share is eight ninths of what the users leave.
  for (let i = 0; i < SLOTS / 2; i++) scene.makeCgroup(`kubepods/pod${i}`);
  expect(scene.usage().length).toBeGreaterThan(SLOTS / 3 + SLOTS / 2);
});

test('a pod with as many leaves rows to the other pods of its subtree', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(SLOTS) });
  makeMany(scene, 'kubepods/burstable/hog');
  for (const name of ['kubepods/burstable/pod/container', 'kubepods/pod/container', 'system/unit'])
    expect(hasRow(scene, scene.makeCgroup(name)), name).toBe(true);
});

test('freed rows can be taken again, as many as before', async () => {
  await using scene = await openScene({ retentionMs: 0, mapMemoryBytes: await memoryFor(SLOTS) });
  const rows: number[] = [];
  for (let round = 0; round < 3; round++) {
    const many = makeMany(scene, 'user');
    rows.push(scene.usage().length);
    for (const cgroup of many) rmdirSync(cgroup);
    await until('the rows to be free', () => {
      scene.reap();
      return scene.usage().length < 10;
    });
  }
  expect(rows[0]).toBeGreaterThan(SLOTS / 2);
  expect(rows).toEqual([rows[0], rows[0], rows[0]]);
});

test("a pod's idle peers stay while another talks to more than there are rows", async () => {
  await using stage = await openStage({ mapMemoryBytes: await memoryFor(SLOTS) });
  const { scene } = stage;
  const innocent = scene.makeCgroup('innocent');
  await using network = await openNetwork();
  const scatter = (cgroup: string, peers: number) =>
    runInside(cgroup, [
      ...['nsenter', `--net=${network.west.netns}`],
      ...[compiled('scatter'), String(peers), '100'],
    ]);
  await scatter(innocent, 50);
  const peersOf = (cgroup: string) =>
    scene
      .flowsOf(cgroup)
      .map(({ peerAddress, sent, received }) => ({ peerAddress, sent, received }));
  const before = peersOf(innocent);
  expect(before).toHaveLength(51);
  const hostile = scene.makeCgroup('hostile');
  for (let round = 0; round < 4; round++) {
    await scatter(hostile, 3 * flowsFor(SLOTS));
    for (let sweep = 0; sweep < 3; sweep++) scene.tick();
  }
  expect(peersOf(innocent)).toEqual(before);
  expect(loss(scene, 'flow.evicted')).toBeGreaterThan(flowsFor(SLOTS));
  // And it gets room for new ones.
  const late = scene.makeCgroup('late');
  await scatter(late, 50);
  expect(peersOf(late)).toHaveLength(51);
});

test('connections beyond a pod’s share are counted exactly when they close', async () => {
  const settings = { mapMemoryBytes: await memoryFor(256) };
  await using scene = await openScene(settings);
  await using network = await openNetwork();
  const hold = (name: string, count: number, port: number) =>
    holdConnections(scene.makeCgroup(name), network.west.netns, count, port);
  const sumsOf = (name: string) => {
    const flows = scene.flowsOf(join(scene.cgroup, name));
    const sum = (of: (flow: (typeof flows)[number]) => number) =>
      flows.reduce((total, flow) => total + of(flow), 0);
    return {
      attempts: sum(({ attempts }) => attempts),
      established: sum(({ established }) => established),
      openNow: sum(({ openNow }) => openNow),
      sent: sum(({ sent }) => sent.bytes),
      received: sum(({ received }) => received.bytes),
    };
  };
  const [hostile, innocent] = [1500, 100];
  {
    await using _hostile = await hold('hostile', hostile, 9000);
    const tracked = mostOf(connectionsFor(256), CONNECTION_MULTIPLE);
    expect(sumsOf('hostile')).toMatchObject({ established: 2 * hostile, openNow: tracked });
    expect(loss(scene, 'connection.over_share')).toBeGreaterThanOrEqual(2 * hostile - tracked);
    await using _innocent = await hold('innocent', innocent, 9001);
    expect(sumsOf('innocent')).toMatchObject({ openNow: 2 * innocent, sent: 64 * innocent });
  }
  const all = (count: number) => ({
    attempts: count,
    established: 2 * count,
    openNow: 0,
    sent: 64 * count,
    received: 64 * count,
  });
  await until('all to end', () => sumsOf('hostile').sent === 64 * hostile);
  expect([sumsOf('hostile'), sumsOf('innocent')]).toEqual([all(hostile), all(innocent)]);
  // None is counted as held any more: the next pod gets as many as the first.
  await using _again = await hold('again', 500, 9002);
  expect(sumsOf('again')).toMatchObject({ openNow: 1000 });
});

test('sockets beyond a pod’s share are counted the slow way, and free their places', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(256) });
  await using network = await openNetwork();
  const hold = (name: string, count: number, port: number) =>
    holdConnections(scene.makeCgroup(name), network.west.netns, count, port);
  const unmarked = () => loss(scene, 'network.over_share');
  const sent = (name: string) =>
    scene
      .flowsOf(join(scene.cgroup, name))
      .reduce((bytes, flow) => bytes + flow.sent.bytes + flow.received.bytes, 0);
  const most = mostOf(connectionsFor(256), SOCKET_MULTIPLE);
  const [hostile, innocent] = [most, Math.floor(most / 16)]; // connections of two sockets each
  {
    await using _hostile = await hold('hostile', hostile, 9000);
    const before = unmarked();
    // Each packet of an unmarked socket is counted: here at least two.
    expect(before).toBeGreaterThan(2 * most);
    await using _innocent = await hold('innocent', innocent, 9001);
    expect(unmarked()).toBe(before);
    await using _further = await hold('hostile', 1, 9002);
    expect(unmarked()).toBeGreaterThan(before);
  }
  await until('all to end', () => sent('hostile') === 2 * 64 * (hostile + 1));
  expect(sent('innocent')).toBe(2 * 64 * innocent);
  const before = unmarked();
  await using _again = await hold('again', Math.floor(most / 2) - 10, 9003);
  expect(unmarked()).toBe(before);
});

test('a lock that its holder did not release is taken over, and counted', async () => {
  await using stage = await openStage();
  const { scene, network } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, network.east.addresses[4]);
  const lock = join(scene.options.bpffs, 'current/maps/settling');
  const hold = (takenNs: bigint) => {
    const bytes = new Uint8Array(new BigUint64Array([takenNs]).buffer);
    const entry = ['key', '0', '0', '0', '0', 'value', ...Array.from(bytes, String)];
    return scene.bpftool.run(['map', 'update', 'pinned', lock, ...entry]);
  };
  const sent = () => scene.usageOf(west.cgroup).network.transmit[1]?.packets;
  await hold(process.hrtime.bigint());
  await sendDatagrams(pair, { count: 5, size: 10 });
  expect([sent(), loss(scene, 'settle.taken_over')]).toEqual([0, 0]);
  await hold(1n);
  expect([sent(), loss(scene, 'settle.taken_over')]).toEqual([5, 1]);
  await sendDatagrams(pair, { count: 5, size: 10 });
  expect([sent(), loss(scene, 'settle.taken_over')]).toEqual([10, 1]);
  expect(existsSync(lock) && basename(lock)).toBe('settling');
});

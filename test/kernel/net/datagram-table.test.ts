import { rmdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { datagramFlows, NO_CONNECTION, serve } from '../../../lab/network/datagrams.ts';
import { openNetwork } from '../../../lab/network/network.ts';
import { compiled, runInside, until } from '../../../lab/process/process.ts';
import type { CgroupFlow } from '../../../lab/scene/flow-rows.ts';
import { memoryFor, openScene, type Scene } from '../../../lab/scene/scene.ts';
import { FLOW_MULTIPLE, mostOf } from '../../../lab/scene/shares.ts';
import { datagrams, NOTHING, openStage } from '../../../lab/scene/stage.ts';
import { load } from '../../../src/kernel/load/loader.ts';
import { flowsFor } from '../../../src/kernel/machine.ts';

const SCATTER = { peers: 100_000, bytes: 100 };
const SLOTS = 5000;
/** The share of one pod. */
const ROWS = mostOf(flowsFor(SLOTS), FLOW_MULTIPLE);

/** Sums over flows, which must never change on their own. */
function sumsOf(flows: readonly CgroupFlow[]) {
  const sum = (pick: (flow: CgroupFlow) => number) =>
    flows.reduce((total, flow) => total + pick(flow), 0);
  return {
    sent: { bytes: sum(({ sent }) => sent.bytes), segments: sum(({ sent }) => sent.segments) },
    received: {
      bytes: sum(({ received }) => received.bytes),
      segments: sum(({ received }) => received.segments),
    },
  };
}

/** Sums for this many peers that were each asked and answered once, by a program at both ends. */
function scattered(peers: number) {
  const figures = { bytes: 2 * peers * SCATTER.bytes, segments: 2 * peers };
  return { sent: figures, received: figures };
}

/** All of them stayed on the machine. */
function expectUsed(scene: Scene, peers: number): void {
  const { network } = scene.reserved('loopback');
  for (const used of [network.transmit, network.receive])
    expect(used).toEqual([NOTHING, datagrams(4, 2 * peers, SCATTER.bytes), NOTHING]);
}

/** In its own network namespace, whose loopback has all of 127.0.0.0/8. */
async function scatter(cgroup: string, peers: number): Promise<void> {
  await using network = await openNetwork();
  const enter = ['nsenter', `--net=${network.west.netns}`];
  const figures = [String(peers), String(SCATTER.bytes)];
  await runInside(cgroup, [...enter, compiled('scatter'), ...figures]);
}

test('100,000 peers of one socket and a table of 10,000: peers without a row are summed', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(SLOTS) });
  const cgroup = scene.makeCgroup('scatter');
  await scatter(cgroup, SCATTER.peers);
  const flows = scene.flowsOf(cgroup);
  expect(sumsOf(flows)).toEqual(scattered(SCATTER.peers));
  expect(flows.length).toBe(ROWS + 1);
  // The server has one row, and the first peers have the others.
  const withoutRow = SCATTER.peers - ROWS + 1;
  const rest = { bytes: withoutRow * SCATTER.bytes, segments: withoutRow };
  expect(flows.find(({ peerAddress }) => peerAddress === '')).toMatchObject({
    ...NO_CONNECTION,
    protocol: undefined,
    sent: rest,
    received: rest,
  });
  expect(scene.lost()['flow.over_share']).toBeGreaterThanOrEqual(withoutRow);

  await until('idle rows to make room', () => {
    scene.reap();
    expect(sumsOf(scene.flowsOf(cgroup))).toEqual(scattered(SCATTER.peers));
    return scene.flowsOf(cgroup).length < ROWS / 2;
  });
  expectUsed(scene, SCATTER.peers);
  expect(scene.lost()['flow.evicted']).toBeGreaterThan(ROWS / 2);
  await scatter(cgroup, 10);
  expect(sumsOf(scene.flowsOf(cgroup))).toEqual(scattered(SCATTER.peers + 10));
  const last = scene.flowsOf(cgroup).find(({ peerAddress }) => peerAddress === '127.1.0.9');
  expect(last).toMatchObject({ port: 8080, direction: 'outbound', protocol: 'udp' });
});

test('evicting rows during traffic loses no datagram', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(256) });
  const cgroup = scene.makeCgroup('scatter');
  let isOver = false;
  const running = scatter(cgroup, SCATTER.peers).finally(() => {
    isOver = true;
  });
  await until('the program to end', () => {
    scene.reap();
    return isOver;
  });
  await running;
  expect(sumsOf(scene.flowsOf(cgroup))).toEqual(scattered(SCATTER.peers));
  expectUsed(scene, SCATTER.peers);
  expect(scene.lost()['flow.evicted']).toBeGreaterThan(10 * flowsFor(256));
});

test('a socket whose row went to another cgroup, for the same peer, gets its own again', async () => {
  await using stage = await openStage({ mapMemoryBytes: await memoryFor(256) });
  const { scene } = stage;
  const [west, other, east] = [stage.peer('west'), stage.peer('west'), stage.peer('east')];
  const { socket: server, address, port } = await serve(east, stage.network.east.addresses[4]);
  const [first, second] = [await west.socket('udp', 4), await other.socket('udp', 4)];
  for (const client of [first, second]) await client.connect(address, port);
  await first.send(10, 10);
  const peers = 2 * flowsFor(256);
  await scatter(west.cgroup, peers);
  await until('its idle rows to go', () => {
    scene.reap();
    return scene.flowsOf(west.cgroup).every(({ peerAddress }) => peerAddress === '');
  });
  // The row freed first is reused first.
  await second.send(100, 100);
  await first.send(1, 1);
  await server.receive(111);
  const sent = (bytes: number) => ({ sent: { bytes, segments: 1 } });
  const before = scattered(peers).sent;
  expect(datagramFlows(stage, west)).toMatchObject([
    { peerAddress: '', sent: { bytes: before.bytes + 10, segments: before.segments + 1 } },
    { peerAddress: address, port, ...sent(1) },
  ]);
  expect(datagramFlows(stage, other)).toMatchObject([{ peerAddress: address, ...sent(100) }]);
});

test('flows of a deleted cgroup stay for the retention, then lose their owner', async () => {
  await using scene = await openScene({ retentionMs: 200 });
  const cgroup = scene.makeCgroup('brief');
  await scatter(cgroup, 20);
  expect(scene.flows()).toHaveLength(21);
  rmdirSync(cgroup);
  scene.reap();
  expect(scene.flows()).toHaveLength(21);
  await delay(200);
  await until('the flows to go', () => {
    scene.reap();
    expect(sumsOf(scene.flows())).toEqual(scattered(20));
    return scene.flows().length === 1;
  });
  expect(scene.flows()).toMatchObject([{ cgroupId: 0, peerAddress: '', ...scattered(20) }]);
});

test('a socket that outlives its cgroup counts for no cgroup', async () => {
  await using stage = await openStage({ retentionMs: 1 });
  const { scene } = stage;
  const [east, other] = [stage.peer('east'), stage.peer('west')];
  const { socket, address, port } = await serve(east, stage.network.east.addresses[4]);
  const west = stage.peer('west');
  const client = await west.socket('udp', 4);
  await client.connect(address, port);
  await client.send(10, 10);
  const passed = await other.adopt(west, client);
  await west[Symbol.asyncDispose]();
  rmdirSync(west.cgroup);
  const ofNobody = () => scene.flows().filter(({ cgroupId }) => cgroupId === 0);
  await until('its flow to go', () => {
    scene.reap();
    return ofNobody()[0]?.sent.bytes === 10;
  });
  await passed.send(700, 700);
  expect(ofNobody()).toMatchObject([{ peerAddress: '', sent: { bytes: 710, segments: 2 } }]);
  await socket.receive(710);
  expect(datagramFlows(stage, other)).toEqual([]);
});

test('a load that takes over continues in the same rows', async () => {
  await using stage = await openStage();
  const { scene, network } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { socket: server, address, port } = await serve(east, network.east.addresses[6]);
  const [connected, free] = [await west.socket('udp', 6), await west.socket('udp', 6)];
  await connected.connect(address, port);
  const exchange = async () => {
    await connected.send(1000, 1000);
    await free.sendTo(address, port, 1);
    for (let i = 0; i < 2; i++) await server.answer(50);
    for (const client of [connected, free]) await client.receive(50);
  };
  await exchange();
  const before = scene.flows();
  expect(await load(scene.bpftool, { ...scene.options, retentionMs: 1000 })).toBe('taken over');
  expect(scene.flows()).toEqual(before);
  await exchange();
  const [requested, answered] = [
    { bytes: 2002, segments: 4 },
    { bytes: 200, segments: 4 },
  ];
  expect(scene.flows().map((flow) => flow.firstSeenSeconds)).toEqual(
    before.map((flow) => flow.firstSeenSeconds),
  );
  expect(datagramFlows(stage, west)).toMatchObject([{ sent: requested, received: answered }]);
  expect(datagramFlows(stage, east)).toMatchObject([{ sent: answered, received: requested }]);
});

import { rmdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openNetwork } from '../../../lab/network/network.ts';
import { Peer } from '../../../lab/network/peer.ts';
import { compiled, runInside, until } from '../../../lab/process/process.ts';
import { WAYS } from '../../../lab/scene/connection-ways.ts';
import type { CgroupFlow } from '../../../lab/scene/flow-rows.ts';
import { memoryFor, openScene, sceneAt, sceneOptions } from '../../../lab/scene/scene.ts';
import { FLOW_MULTIPLE, mostOf } from '../../../lab/scene/shares.ts';
import { connection, openStage, stream } from '../../../lab/scene/stage.ts';
import { load } from '../../../src/kernel/load/loader.ts';
import { flowsFor } from '../../../src/kernel/machine.ts';

const CROWD = { peers: 100_000, bytes: 100 };
const SLOTS = 5000;
/** The share of one pod. */
const ROWS = mostOf(flowsFor(SLOTS), FLOW_MULTIPLE);

/** Sums over flows, which must never change on their own. */
function sumsOf(flows: readonly CgroupFlow[]) {
  const sum = (pick: (flow: CgroupFlow) => number) =>
    flows.reduce((total, flow) => total + pick(flow), 0);
  return {
    attempts: sum(({ attempts }) => attempts),
    established: sum(({ established }) => established),
    openNow: sum(({ openNow }) => openNow),
    sentBytes: sum(({ sent }) => sent.bytes),
    receivedBytes: sum(({ received }) => received.bytes),
    sentSegments: sum(({ sent }) => sent.segments),
  };
}

/** In its own network namespace, whose loopback has all of 127.0.0.0/8. */
async function crowd(cgroup: string, peers: number): Promise<void> {
  await using network = await openNetwork();
  const pid = network.west.netns.split('/')[2] ?? '';
  const enter = ['nsenter', '-t', pid, '-n'];
  const program = compiled('crowd');
  await runInside(cgroup, [...enter, program, String(peers), String(CROWD.bytes)]);
}

test.each(WAYS)(
  '100,000 peers and a table of 10,000, stored $way: peers without a row are summed exactly',
  async ({ hasSocketStorage }) => {
    const mapMemoryBytes = await memoryFor(SLOTS, { hasSocketStorage });
    await using scene = await openScene({ mapMemoryBytes, hasSocketStorage });
    const cgroup = scene.makeCgroup('crowd');
    await crowd(cgroup, CROWD.peers);
    const expected = {
      attempts: CROWD.peers,
      established: 2 * CROWD.peers,
      openNow: 0,
      sentBytes: CROWD.peers * CROWD.bytes,
      receivedBytes: CROWD.peers * CROWD.bytes,
    };
    const flows = scene.flowsOf(cgroup);
    expect(sumsOf(flows)).toMatchObject(expected);
    expect(flows.length).toBe(ROWS + 1);
    // The accepted ends are one flow. Of the peers, the first ones have rows.
    const withoutRow = CROWD.peers - ROWS + 1;
    expect(flows.find(({ peerAddress }) => peerAddress === '')?.attempts).toBe(withoutRow);
    expect(scene.lost()['flow.over_share']).toBeGreaterThanOrEqual(withoutRow);

    const before = sumsOf(flows);
    await until('idle rows to make room', () => {
      scene.reap();
      expect(sumsOf(scene.flowsOf(cgroup))).toEqual(before);
      return scene.flowsOf(cgroup).length < ROWS / 2;
    });
    expect(scene.lost()['flow.evicted']).toBeGreaterThan(ROWS / 2);
    await crowd(cgroup, 10);
    expect(sumsOf(scene.flowsOf(cgroup)).attempts).toBe(CROWD.peers + 10);
    const last = scene.flowsOf(cgroup).find(({ peerAddress }) => peerAddress === '127.1.0.9');
    expect(last).toMatchObject({ attempts: expect.any(Number), openNow: 0 });
  },
);

test('flows of a deleted cgroup stay for the retention, then lose their owner', async () => {
  await using scene = await openScene({ retentionMs: 200 });
  const cgroup = scene.makeCgroup('brief');
  await crowd(cgroup, 20);
  const before = sumsOf(scene.flows());
  const { length } = scene.flows();
  rmdirSync(cgroup);
  scene.reap();
  expect(scene.flows()).toHaveLength(length);
  await delay(200);
  await until('the flows to go', () => {
    scene.reap();
    expect(sumsOf(scene.flows())).toEqual(before);
    return scene.flows().length === 1;
  });
  expect(scene.flows()[0]).toMatchObject({ cgroupId: 0, peerAddress: '', attempts: 20 });
});

test.each(WAYS)(
  'a load that takes over keeps all open connections: stored $way',
  async ({ hasSocketStorage }) => {
    await using stage = await openStage({ hasSocketStorage });
    const { scene } = stage;
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const { client, server } = await connection(west, east, stage.network.east.addresses[4]);
    await stream(client, server, 1000);
    const [before] = scene.flowsOf(west.cgroup);
    expect(await load(scene.bpftool, { ...scene.options, retentionMs: 1000 })).toBe('taken over');
    await stream(client, server, 500);
    const [open] = scene.flowsOf(west.cgroup);
    expect(open).toMatchObject({ openNow: 1, established: 1, sent: { bytes: 1500 } });
    expect(open?.firstSeenSeconds).toBe(before?.firstSeenSeconds);
    await server.close();
    await client.close();
    await until('it to end', () => scene.flowsOf(west.cgroup)[0]?.openNow === 0);
    expect(scene.flowsOf(west.cgroup)).toMatchObject([{ established: 1, sent: { bytes: 1500 } }]);
  },
);

test.each(WAYS)(
  'a connection older than the load is counted from then on: stored $way',
  async ({ hasSocketStorage }) => {
    const options = await sceneOptions({ hasSocketStorage });
    await using network = await openNetwork();
    const cgroup = options.cgroup.path;
    {
      await using west = new Peer(cgroup, network.west.netns);
      await using east = new Peer(cgroup, network.east.netns);
      const listener = await east.socket('tcp', 4);
      await listener.bind(network.east.addresses[4], 80);
      await east.do('listen', '-', listener.fd, 1);
      const client = await west.connect(network.east.addresses[4], 80);
      const server = await listener.accept();
      await stream(client, server, 10_000);

      await using scene = await sceneAt(options);
      await stream(client, server, 500);
      const [west80, east80] = scene.flowsOf(cgroup);
      const out = { direction: 'outbound', port: 80, openNow: 1, sent: { bytes: 500 } };
      const into = { direction: 'inbound', port: 80, openNow: 1, received: { bytes: 500 } };
      expect([west80, east80].sort((a) => (a?.direction === 'outbound' ? -1 : 1))).toMatchObject([
        out,
        into,
      ]);
      await client.close();
      await server.receive(1);
      await server.close();
      await until('both ends to end', () =>
        scene.flowsOf(cgroup).every((flow) => flow.openNow === 0),
      );
      const sums = sumsOf(scene.flowsOf(cgroup));
      expect(sums).toMatchObject({
        sentBytes: 500,
        receivedBytes: 500,
        established: 2,
        attempts: 0,
      });
    }
  },
);

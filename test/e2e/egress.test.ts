import { rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Samples } from '../../lab/monitoring/samples.ts';
import { type Network, openNetwork } from '../../lab/network/network.ts';
import { Peer } from '../../lab/network/peer.ts';
import { compiled, runInside, until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';
import {
  type Connection,
  connection,
  datagramPair,
  openStage,
  type Stage,
  sendDatagrams,
  stream,
} from '../../lab/scene/stage.ts';
import { EGRESS_CLASSES, type EgressClass } from '../../src/core/usage/usage.ts';

const ROUNDS = 12;
/** The registries list the tests' IPv4 networks as private, like the IPv6 ones. */
const IPV4_IS_NEAR = '--region-networks=198.18.0.0/15';
const STREAM_BYTES = 10_007;
const DATAGRAMS = { count: 30, size: 101 };

let stage: Stage;
let daemon: Daemon;

beforeAll(async () => {
  stage = await openStage({ retentionMs: 10_000 });
  daemon = await startDaemon(stage.scene.options, ['--egress=class', IPV4_IS_NEAR]);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

/** Sends to each of this many peers on loopback, over separate connections. */
async function runCrowd(
  cgroup: string,
  { west }: Network,
  { peers, bytes }: { readonly peers: number; readonly bytes: number },
): Promise<void> {
  const pid = west.netns.split('/')[2] ?? '';
  const crowd = [compiled('crowd'), String(peers), String(bytes)];
  await runInside(cgroup, ['nsenter', '-t', pid, '-n', ...crowd]);
}

/** A current scrape whose sums are consistent. */
async function scrape(from: Daemon): Promise<Samples> {
  const samples = await freshSamples(from);
  for (const peers of EGRESS_CLASSES) {
    const sum = (whose: string) =>
      samples.sum(`vigia_${whose}_egress_bytes_total`, { class: peers });
    const parts = sum('pod') + sum('unattributed') + sum('namespace_ended');
    expect(parts, peers).toBe(sum('node'));
  }
  return samples;
}

type Sent = Readonly<Partial<Record<EgressClass, number>>>;

/** Bytes sent by a cgroup's pod, by class, without zeros. */
function sentBy(samples: Samples, cgroup: string): Sent {
  const series = samples.select('vigia_pod_egress_bytes_total', { pod: basename(cgroup) });
  expect(series).toHaveLength(EGRESS_CLASSES.length);
  const sent = series.filter(({ reading }) => reading > 0);
  return Object.fromEntries(sent.map(({ labels, reading }) => [labels['class'], reading]));
}

function expectBetween(before: Sent, now: Sent, most: Sent): void {
  for (const peers of EGRESS_CLASSES) {
    expect(now[peers] ?? 0, peers).toBeGreaterThanOrEqual(before[peers] ?? 0);
    expect(now[peers] ?? 0, peers).toBeLessThanOrEqual(most[peers] ?? 0);
  }
}

test('bytes sent by a pod are exact and never decrease while connections come and go', async () => {
  const { network, scene } = stage;
  const pod = stage.peer('west');
  // Not observed, so its addresses are not known to be on this node.
  await using server = new Peer(scene.options.cgroupMount, network.east.netns);
  const datagrams = await datagramPair(pod, server, network.east.addresses[6]);
  const open: Connection[] = [];
  const sent = { region: 0, private: 0 };
  let shown: Sent = {};
  for (let round = 0; round < ROUNDS; round++) {
    open.push(await connection(pod, server, network.east.addresses[4]));
    for (const { client, server } of open) {
      await stream(client, server, STREAM_BYTES);
      sent.region += STREAM_BYTES;
    }
    await sendDatagrams(datagrams, DATAGRAMS);
    sent.private += DATAGRAMS.count * DATAGRAMS.size;
    const ends = round % 3 === 0 ? undefined : open.shift();
    await ends?.client.close();
    await ends?.server.close();
    const now = sentBy(await scrape(daemon), pod.cgroup);
    expectBetween(shown, now, sent);
    shown = now;
  }
  expect(sentBy(await scrape(daemon), pod.cgroup)).toEqual(sent);
  for (const { client, server } of open) {
    await client.close();
    await server.close();
  }
  expect(sentBy(await scrape(daemon), pod.cgroup)).toEqual(sent);
});

test('a peer that is a pod of this node has the class node; its pod’s bytes end with the pod', async () => {
  const { network, scene } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { client, server } = await connection(west, east, network.east.addresses[4]);
  await stream(client, server, 54_321);
  await stream(server, client, 1234);
  const before = await scrape(daemon);
  expect(sentBy(before, west.cgroup)).toEqual({ node: 54_321 });
  expect(sentBy(before, east.cgroup)).toEqual({ node: 1234 });

  await west[Symbol.asyncDispose]();
  rmdirSync(west.cgroup);
  const ended = { namespace: basename(scene.cgroup), class: 'node' };
  const after = await until(
    'the pod to go',
    async () => {
      const samples = await scrape(daemon);
      const pod = basename(west.cgroup);
      return samples.select('vigia_pod_info', { pod }).length === 0 ? samples : undefined;
    },
    60_000,
  );
  expect(after.one('vigia_namespace_ended_egress_bytes_total', ended)).toBe(54_321);
  for (let tick = 0; tick < 3; tick++)
    expect((await scrape(daemon)).sum('vigia_node_egress_bytes_total')).toBe(
      before.sum('vigia_node_egress_bytes_total'),
    );
});

test('with enough rows nothing is unknown, however fast connections change', async () => {
  const CROWD = { peers: 3000, bytes: 10 };
  const { network, scene } = stage;
  const cgroup = scene.makeCgroup('crowd');
  const running = runCrowd(cgroup, network, CROWD);
  const most = { node: CROWD.peers * CROWD.bytes };
  let shown: Sent = {};
  do {
    const samples = await scrape(daemon);
    if (samples.select('vigia_pod_info', { pod: 'crowd' }).length === 0) continue;
    const now = sentBy(samples, cgroup);
    expectBetween(shown, now, most);
    shown = now;
  } while ((shown.node ?? 0) < most.node);
  await running;
  expect(sentBy(await scrape(daemon), cgroup)).toEqual(most);
});

test('10,000 recurring peers and too few rows: nothing is lost or counted twice', async () => {
  const CROWDS = 4;
  const CROWD = { peers: 10_000, bytes: 100 };
  await using scene = await openScene({ mapMemoryBytes: 8 * 1024 ** 2 });
  await using network = await openNetwork();
  await using crowded = await startDaemon(scene.options, ['--egress=class']);
  const cgroup = scene.makeCgroup('crowd');
  let shown: Sent = {};
  for (let round = 1; round <= CROWDS; round++) {
    await runCrowd(cgroup, network, CROWD);
    const most = round * CROWD.peers * CROWD.bytes;
    for (let tick = 0; tick < 3; tick++) {
      const now = sentBy(await scrape(crowded), cgroup);
      expectBetween(shown, now, { node: most, unknown: most });
      expect((now.node ?? 0) + (now.unknown ?? 0)).toBe(most);
      shown = now;
    }
  }
  expect(scene.lost()['flow.evicted']).toBeGreaterThan(0);
  expect(shown.node).toBeGreaterThan(0);
  expect(shown.unknown).toBeGreaterThan(0);
});

import { rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Labels, Samples } from '../../lab/monitoring/samples.ts';
import { Peer } from '../../lab/network/peer.ts';
import { compiled, runInside, until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, startDaemon } from '../../lab/scene/daemon.ts';
import {
  type Connection,
  connection,
  datagramPair,
  openStage,
  type Stage,
  sendDatagrams,
  stream,
} from '../../lab/scene/stage.ts';

const ROUNDS = 12;
const REQUEST_BYTES = 1013;
const ANSWERED_BYTES = 10_007;

let stage: Stage;
let daemon: Daemon;

beforeAll(async () => {
  stage = await openStage({ retentionMs: 10_000 });
  // The registries list the tests' IPv4 networks as private, like the IPv6 ones.
  const near = '--region-networks=198.18.0.0/15';
  daemon = await startDaemon(stage.scene.options, ['--pairs=workload', near]);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const scrape = () => freshSamples(daemon);

interface Pair extends Record<'connections' | 'transmit_bytes' | 'receive_bytes', number> {
  readonly labels: Labels;
}

/** Pairs that contain one of these, each with its three series. */
function pairsOf(samples: Samples, ...cgroups: readonly string[]): Pair[] {
  const pods = cgroups.map((cgroup) => basename(cgroup));
  const isTheirs = ({ labels }: { readonly labels: Labels }) =>
    pods.includes(labels['workload'] ?? '') || pods.includes(labels['peer_workload'] ?? '');
  return samples
    .select('vigia_workload_connections_total')
    .filter(isTheirs)
    .map(({ labels, reading }) => ({
      labels,
      connections: reading,
      transmit_bytes: samples.one('vigia_workload_transmit_bytes_total', labels),
      receive_bytes: samples.one('vigia_workload_receive_bytes_total', labels),
    }));
}

/** Pairs of these, one tick after their sent bytes reached this sum. */
async function settled(sentBytes: number, ...cgroups: readonly string[]): Promise<Pair[]> {
  await until('all to be booked', async () => {
    const pairs = pairsOf(await scrape(), ...cgroups);
    const sum = pairs.reduce((sum, { transmit_bytes: bytes }) => sum + bytes, 0);
    return sum >= sentBytes ? true : undefined;
  });
  return pairsOf(await scrape(), ...cgroups);
}

const between = (opener: string, peer: string, peerClass: string): Labels => {
  const namespace = basename(stage.scene.cgroup);
  return {
    namespace: opener && namespace,
    workload: basename(opener),
    peer_namespace: peer && namespace,
    peer_workload: basename(peer),
    peer_class: peerClass,
  };
};

test('two pods are one pair, exact and never decreasing, while connections come and go', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const open: Connection[] = [];
  const sum = { connections: 0, transmit_bytes: 0, receive_bytes: 0 };
  const labels = between(west.cgroup, east.cgroup, 'node');
  let shown: Pair = { labels, connections: 0, transmit_bytes: 0, receive_bytes: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    open.push(await connection(west, east, stage.network.east.addresses[4]));
    sum.connections += 1;
    for (const { client, server } of open) {
      await stream(client, server, REQUEST_BYTES);
      await stream(server, client, ANSWERED_BYTES);
      sum.transmit_bytes += REQUEST_BYTES;
      sum.receive_bytes += ANSWERED_BYTES;
    }
    const ends = round % 3 === 0 ? undefined : open.shift();
    await ends?.client.close();
    await ends?.server.close();
    const [now = shown, ...others] = pairsOf(await scrape(), west.cgroup, east.cgroup);
    expect(others).toEqual([]);
    expect(now.labels).toEqual(labels);
    for (const what of ['connections', 'transmit_bytes', 'receive_bytes'] as const) {
      expect(now[what], what).toBeGreaterThanOrEqual(shown[what]);
      expect(now[what], what).toBeLessThanOrEqual(sum[what]);
    }
    shown = now;
  }
  for (const { client, server } of open) {
    await client.close();
    await server.close();
  }
  const pairs = await settled(sum.transmit_bytes, west.cgroup, east.cgroup);
  expect(pairs).toEqual([{ labels, ...sum }]);
  expect((await daemon.samples()).one('vigia_pairs_overflowed_total')).toBe(0);
});

test('datagrams between two pods are one pair too, without connections', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const datagrams = await datagramPair(west, east, stage.network.east.addresses[4]);
  await sendDatagrams(datagrams, { count: 30, size: 101 });
  expect(await settled(3030, west.cgroup, east.cgroup)).toEqual([
    {
      labels: between(west.cgroup, east.cgroup, 'node'),
      connections: 0,
      transmit_bytes: 3030,
      receive_bytes: 0,
    },
  ]);
});

test('a peer that is not a local pod is the outside, at either end', async () => {
  const { network, scene } = stage;
  const pod = stage.peer('west');
  // Not observed, so its addresses are not known to be on this node.
  await using outside = new Peer(scene.options.cgroupMount, network.east.netns);
  const out = await connection(pod, outside, network.east.addresses[6]);
  await stream(out.client, out.server, 100);
  const into = await connection(outside, pod, network.west.addresses[4]);
  await stream(into.client, into.server, 2000);
  await stream(into.server, into.client, 30);
  const pairs = await settled(2100, pod.cgroup);
  expect(pairs).toHaveLength(2);
  expect(pairs).toContainEqual({
    labels: between(pod.cgroup, '', 'private'),
    connections: 1,
    transmit_bytes: 100,
    receive_bytes: 0,
  });
  expect(pairs).toContainEqual({
    labels: between('', pod.cgroup, 'region'),
    connections: 1,
    transmit_bytes: 2000,
    receive_bytes: 30,
  });
});

test('connections of a pod to itself count once, however fast they change', async () => {
  const CROWD = { peers: 3000, bytes: 10 };
  const { network, scene } = stage;
  const cgroup = scene.makeCgroup('crowd');
  const pid = network.west.netns.split('/')[2] ?? '';
  const crowd = [compiled('crowd'), String(CROWD.peers), String(CROWD.bytes)];
  await runInside(cgroup, ['nsenter', '-t', pid, '-n', ...crowd]);
  const pairs = await settled(CROWD.peers * CROWD.bytes, cgroup);
  // It is called at 3000 of its own addresses. A flow contains only the latest, so most have no
  // name.
  for (const { labels } of pairs)
    expect(labels).toMatchObject({ workload: 'crowd', peer_class: 'node' });
  const sumOf = (what: keyof Omit<Pair, 'labels'>) =>
    pairs.reduce((sum, pair) => sum + pair[what], 0);
  expect(sumOf('connections')).toBe(CROWD.peers);
  expect(sumOf('transmit_bytes')).toBe(CROWD.peers * CROWD.bytes);
  expect(sumOf('receive_bytes')).toBe(0);
});

test('a pair ends with the pods of either end', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { client, server } = await connection(west, east, stage.network.east.addresses[4]);
  await stream(client, server, 10);
  expect(await settled(10, west.cgroup)).toHaveLength(1);
  await east[Symbol.asyncDispose]();
  rmdirSync(east.cgroup);
  const gone = async () => (pairsOf(await scrape(), west.cgroup).length === 0 ? true : undefined);
  await until('the pair to go', gone, 60_000);
});

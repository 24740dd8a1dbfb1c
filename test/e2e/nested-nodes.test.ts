import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type NestedNode,
  type NestedPod,
  openNestedNode,
} from '../../lab/kubernetes/nested-node.ts';
import { type Network, openNetwork } from '../../lab/network/network.ts';
import { Peer } from '../../lab/network/peer.ts';
import { cpuStatNs, runInside } from '../../lab/process/process.ts';
import { VIGIA } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';
import { datagrams } from '../../lab/scene/stage.ts';
import { load, unload } from '../../src/kernel/load/loader.ts';

const UIDS = ['6f1d5b2a-0c3e-4d5f-8a9b-0123456789ab', '7f1d5b2a-0c3e-4d5f-8a9b-0123456789ab'];
const SPIN = ['timeout', '0.3', 'sh', '-c', 'while :; do :; done'];
const [COUNT, BYTES] = [200, 64];

/** The observed cgroup for a Vigia on the host. */
let outside: Scene;
let network: Network;
let one: NestedNode;
let other: NestedNode;
let pods: readonly [NestedPod, NestedPod];
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  outside = resources.use(await openScene());
  network = resources.use(await openNetwork());
  one = resources.use(await openNestedNode(outside.cgroup, 'node-a', network.west.netns));
  other = resources.use(await openNestedNode(outside.cgroup, 'node-b', network.east.netns));
  // One pod exists before the load, one is created after it.
  const before = one.makePod(UIDS[0] ?? '');
  await one.startVigia();
  await other.startVigia();
  pods = [before, other.makePod(UIDS[1] ?? '')];
});

afterAll(() => resources.disposeAsync());

const spin = ({ cgroup }: NestedPod) =>
  runInside(cgroup, ['sh', '-c', `${SPIN.map((word) => `'${word}'`).join(' ')} || :`]);

async function talk(): Promise<void> {
  await using client = new Peer(pods[0].cgroup, network.west.netns);
  await using server = new Peer(pods[1].cgroup, network.east.netns);
  const receiver = await server.socket('udp', 4);
  const port = await receiver.bind(network.east.addresses[4]);
  const sender = await client.socket('udp', 4);
  await sender.connect(network.east.addresses[4], port);
  await sender.send(COUNT * BYTES, BYTES);
  await receiver.receive(COUNT * BYTES);
}

test('each node has only its own pods, with their CPU time and bytes', async () => {
  await spin(pods[0]);
  await spin(pods[1]);
  await talk();
  const wire = datagrams(4, COUNT, BYTES);
  for (const [node, pod, way] of [
    [one, pods[0], 'transmit'],
    [other, pods[1], 'receive'],
  ] as const) {
    const samples = await node.samples();
    const infos = samples.select('vigia_pod_info').filter(({ labels }) => labels['uid'] !== '');
    expect(infos.map(({ labels }) => labels['uid'])).toEqual([pod.uid]);
    const labels = { namespace: '', pod: pod.uid };
    const container = { ...labels, container: pod.containerId.slice(0, 12) };
    const seconds = samples.one('vigia_container_cpu_seconds_total', container);
    expect(seconds).toBeGreaterThan(0.05); // what `spin` got of a CPU, on however busy a machine
    expect(seconds).toBeCloseTo(cpuStatNs(pod.cgroup) / 1e9, 3);
    const udp = { ...labels, protocol: 'udp' };
    expect(samples.one(`vigia_pod_network_${way}_bytes_total`, udp)).toBe(wire.bytes);
    expect(samples.one(`vigia_pod_network_${way}_packets_total`, udp)).toBe(wire.packets);
    expect(samples.sum('vigia_lost_total', { table: 'usage' })).toBe(0);
  }
});

test("a container's cgroup of a short life has its name, and the node's services are units", async () => {
  const late = one.makePod('8f1d5b2a-0c3e-4d5f-8a9b-0123456789ab');
  await runInside(late.cgroup, ['true']);
  const service = one.makeCgroup('system.slice/containerd.service');
  await runInside(service, ['true']);
  rmdirSync(late.cgroup);
  const samples = await one.samples();
  expect(cpuOf(samples, late)).toBeGreaterThan(0);
  expect(
    samples.select('vigia_container_cpu_seconds_total', {
      namespace: 'system.slice',
      pod: 'containerd.service',
    }),
  ).toHaveLength(1);
});

test('doctor reports the kind of node, and finds nothing of the other one', async () => {
  const doctor = await one.run([VIGIA, 'doctor']);
  expect(doctor).toMatch(
    /^ok +cgroup v2 +this node is a container; observing the cgroups below its own/m,
  );
  expect(doctor).toMatch(/^ok +leftovers +none/m);
});

describe('a Vigia on the host', () => {
  test('counts everything in the nodes once', async () => {
    const samples = await one.samples();
    const { cpu } = outside.usageOf(pods[0].cgroup);
    const seconds = samples.one('vigia_container_cpu_seconds_total', {
      pod: pods[0].uid,
      container: pods[0].containerId.slice(0, 12),
    });
    expect(cpu.oncpuNs / 1e9).toBeCloseTo(seconds, 3);
  });

  test('leaves the nodes’ programs in place when it loads again and unloads', async () => {
    await load(outside.bpftool, { ...outside.options, retentionMs: 90_000 });
    await unload(outside.bpftool, outside.options);
    const before = cpuOf(await one.samples(), pods[0]);
    await talk();
    await spin(pods[0]);
    const samples = await one.samples();
    expect(cpuOf(samples, pods[0]) - before).toBeGreaterThan(0.25);
    const udp = { pod: pods[0].uid, protocol: 'udp' };
    expect(samples.one('vigia_pod_network_transmit_packets_total', udp)).toBe(2 * COUNT);
  });
});

test('an unload of one node removes its programs, and the other node keeps counting', async () => {
  await other.stopVigia();
  expect(await other.run([VIGIA, 'unload'])).toContain('unloaded all programs');
  expect(await other.run(['sh', '-c', 'ls /run/vigia 2>/dev/null || :'])).toBe('');
  await spin(pods[0]);
  await talk();
  const samples = await one.samples();
  const udp = { pod: pods[0].uid, protocol: 'udp' };
  expect(samples.one('vigia_pod_network_transmit_packets_total', udp)).toBe(3 * COUNT);
  await one.stopVigia();
  expect(await one.run([VIGIA, 'unload'])).toContain('unloaded all programs');
});

function cpuOf(samples: Awaited<ReturnType<NestedNode['samples']>>, pod: NestedPod): number {
  return samples.one('vigia_container_cpu_seconds_total', {
    pod: pod.uid,
    container: pod.containerId.slice(0, 12),
  });
}

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ClusterSize, startLargeCluster } from '../../lab/kubernetes/large-cluster.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';

const MIB = 1024 ** 2;
/** The chart's limit without peers. One more for each 400 of them. */
const LIMIT_MIB = 256;
const PEERS_PER_MIB = 400;
/** With the maximum of Services and nodes for this number of pods. */
const clusterOf = (pods: number): ClusterSize => ({ pods, services: pods / 2, nodes: pods / 4 });

test.each([
  ['the default', 100_000, 20_000],
  ['as many as it has', 100_000, 100_000],
])('a cluster of 100,000 pods fits into the memory of %s', async (_, pods, maxPeers) => {
  await using cluster = await startLargeCluster(clusterOf(pods));
  await using scene = await openScene();
  await using daemon = await startDaemon(scene.options, [
    `--kubeconfig=${cluster.kubeconfig}`,
    '--node-name=node-a',
    '--peers=cluster',
    `--max-peers=${maxPeers}`,
  ]);
  await until(
    'all lists',
    async () => (await daemon.samples()).sum('vigia_kubernetes_list_total') === 3,
    120_000,
  );
  for (let i = 0; i < 20; i++) await daemon.samples();
  const peakMib = peakBytes(daemon) / MIB;
  console.log(`${pods} pods, ${maxPeers} kept at most: ${peakMib.toFixed(0)} MiB at its peak`);
  expect(peakMib).toBeLessThan(LIMIT_MIB + maxPeers / PEERS_PER_MIB);
  const samples = await daemon.samples();
  const kept = samples.one('vigia_kubernetes_objects', { resource: 'pods' });
  expect(kept).toBeGreaterThan(0.99 * maxPeers);
  expect(kept).toBeLessThanOrEqual(maxPeers);
});

test('100,000 pods bound to this node do not end its daemon', async () => {
  const size = { pods: 100_000, services: 0, nodes: 0 };
  await using cluster = await startLargeCluster(size, { boundTo: 'node-a' });
  await using scene = await openScene();
  const flags = [`--kubeconfig=${cluster.kubeconfig}`, '--node-name=node-a'];
  await using daemon = await startDaemon(scene.options, flags);
  const isListed = async () =>
    (await daemon.samples()).sum('vigia_kubernetes_list_total', { result: 'success' }) === 1;
  await until('the list', isListed, 60_000);
  for (let i = 0; i < 20; i++) await daemon.samples();
  const peakMib = peakBytes(daemon) / MIB;
  console.log(`${peakMib.toFixed(0)} MiB at its peak`);
  expect(peakMib).toBeLessThan(LIMIT_MIB);
  const samples = await daemon.samples();
  expect(samples.one('vigia_kubernetes_objects')).toBeLessThanOrEqual(10_000);
  expect(samples.one('vigia_kubernetes_objects_left_out')).toBeGreaterThanOrEqual(90_000);
});

function peakBytes({ pid }: Daemon): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

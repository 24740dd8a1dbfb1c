import { expect, test } from 'vitest';
import { cgroupOf } from '../../lab/kubernetes/kube-objects.ts';
import { startLargeCluster } from '../../lab/kubernetes/large-cluster.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';

const OWN = { uid: '11111111-2222-4333-8444-555555555555', name: 'web-0', node: 'node-a' };
const OBJECTS = 'vigia_kubernetes_objects';

test('of a cluster larger than --max-peers, a part is stored, and the rest is counted and reported', async () => {
  await using cluster = await startLargeCluster(
    { pods: 4000, services: 2000, nodes: 1000 },
    { last: OWN },
  );
  await using scene = await openScene();
  await runInside(scene.makeCgroup(cgroupOf({ ...OWN, containers: {}, path: '' })), ['true']);
  await using daemon = await startDaemon(scene.options, [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--node-name=${OWN.node}`,
    '--peers=cluster',
    '--max-peers=1000',
  ]);
  const samples = await until('all lists', async () => {
    const now = await daemon.samples();
    return now.sum('vigia_kubernetes_list_total', { result: 'success' }) === 3 ? now : undefined;
  });
  const kept = ['pods', 'services', 'nodes'].map((resource) => samples.one(OBJECTS, { resource }));
  const [pods = 0, services = 0, nodes = 0] = kept;
  expect(pods).toBeGreaterThan(950);
  expect(pods).toBeLessThanOrEqual(1001);
  expect(services).toBeGreaterThan(450);
  expect(services).toBeLessThanOrEqual(500);
  expect(nodes).toBe(250);
  const leftOut = samples.sum(`${OBJECTS}_left_out`);
  expect(pods + services + nodes + leftOut).toBe(7001);
  // The node's own pods have their names, however late they are listed.
  expect(samples.one('vigia_pod_info', { namespace: 'shop', pod: 'web-0' })).toBe(1);
  const warnings = daemon.log().filter(({ msg }) => msg.includes('--max-peers=1000'));
  expect(warnings).toHaveLength(1);
  expect(await daemon.get('/readyz')).toBe('ok\n');
  expect(await daemon.get('/readyz?verbose')).toMatch(/kubernetes-pods degraded: .* left out/);
});

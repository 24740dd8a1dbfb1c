import { expect } from 'vitest';
import type { Labels } from '../../lab/monitoring/samples.ts';
import type { Cluster } from './cluster.ts';
import type { Inspector } from './inspector.ts';
import { containersOf, podsOf } from './pods.ts';

/**
 * A container's first process may be running when it is moved into its cgroup. For its run time
 * since the last tick, the kernel charges the new cgroup and Vigia the old one: 3 ms on average, at
 * most 8 ms, in 45 moves on a busy emulator, whose ticks are late.
 */
const CPU_TOLERANCE_SECONDS = 0.04;

type Owners = Readonly<Record<string, string>>;

/** Owners by prefix of the pod's name, for the manifests and the chart. */
const LIVING: Owners = {
  'default/inspector': '',
  'default/static-node1': 'Node node1',
  'limited/frugal': '',
  'shop/besteffort': '',
  'shop/bulk': '',
  'shop/burstable': '',
  'shop/ear-': 'Deployment ear',
  'shop/guaranteed': '',
  'shop/host-stream': '',
  'shop/stream-': 'Deployment stream',
  'vigia/vigia-': 'DaemonSet vigia',
};
/** Pods that are exported until the retention ends. */
const ENDED: Owners = { 'shop/brief-': 'Job brief', 'shop/nightly-': 'CronJob nightly' };
const ON_THE_HOSTS_NETWORK = ['shop/host-stream'];

/** Containers that use CPU time and then sleep: namespace, pod, container, milliseconds. */
const BURNT: readonly (readonly [string, string, string, number])[] = [
  ['shop', 'guaranteed', 'app', 900],
  ['shop', 'burstable', 'app', 600],
  ['shop', 'besteffort', 'app', 300],
  ['limited', 'frugal', 'app', 200],
];

/** Fails unless each pod of the manifests is shown by name, and none by uid. */
export async function expectNames(cluster: Cluster, inspector: Inspector): Promise<void> {
  const shown = await expectOwners(cluster, inspector, { ...LIVING, ...ENDED });
  expect(shown.filter(({ namespace }) => namespace === '')).toEqual([]);
}

/** Fails unless each living pod is. A restarted daemon may know ended ones only by uid. */
export async function expectLivingNames(cluster: Cluster, inspector: Inspector): Promise<void> {
  await expectOwners(cluster, inspector, LIVING);
}

async function expectOwners(
  cluster: Cluster,
  inspector: Inspector,
  owners: Owners,
): Promise<readonly Labels[]> {
  // A pod without activity since load is not exported.
  await inspector.shell('true');
  const infos = async () => {
    const samples = (await cluster.scrape()).select('vigia_pod_info');
    return samples.map(({ labels }) => labels).filter(({ uid }) => uid !== '');
  };
  const shown = await cluster.eventually('all names', async () => {
    const all = await infos();
    return Object.keys(owners).every((name) => all.some(isCalled(name))) ? all : undefined;
  });
  for (const [name, owner] of Object.entries(owners))
    for (const labels of shown.filter(isCalled(name))) {
      const { owner_kind: kind, owner_name: whose, host_network: isHost } = labels;
      expect(`${kind} ${whose}`.trim(), name).toBe(owner);
      expect(isHost, name).toBe(String(ON_THE_HOSTS_NETWORK.includes(name)));
    }
  return shown;
}

function isCalled(name: string): (labels: Labels) => boolean {
  return ({ namespace, pod }) => `${namespace}/${pod}`.startsWith(name);
}

/** Fails unless the CPU time of the sleeping containers equals that of their cgroups. */
export async function expectKernelsFigures(cluster: Cluster, inspector: Inspector): Promise<void> {
  const [samples, kernels] = [await cluster.scrape(), await inspector.cpuStats()];
  for (const [namespace, pod, container, ms] of BURNT) {
    const labels = { namespace, pod, container };
    const ours = samples.one('vigia_container_cpu_seconds_total', labels);
    const [facts] = (await podsOf(cluster, namespace)).filter(
      ({ metadata }) => metadata.name === pod,
    );
    const kernel = kernels.get((facts && containersOf(facts).get(container)) ?? '');
    if (kernel === undefined) throw new Error(`no cgroup of ${pod}`);
    expect(Math.abs(ours - kernel), pod).toBeLessThan(CPU_TOLERANCE_SECONDS);
    expect(ours, pod).toBeGreaterThan(ms / 1000);
  }
  const init = { namespace: 'shop', pod: 'besteffort', container: 'warm' };
  expect(samples.one('vigia_container_cpu_seconds_total', init)).toBeGreaterThan(0.5);
  const brief = samples.select('vigia_container_cpu_seconds_total', { container: 'app' });
  const job = brief.find(({ labels }) => labels['pod']?.startsWith('brief-'));
  expect(job?.reading).toBeGreaterThan(0.4);
}

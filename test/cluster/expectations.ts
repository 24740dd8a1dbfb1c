import { expect } from 'vitest';
import type { Labels } from '../../lab/monitoring/samples.ts';
import type { Cluster } from './cluster.ts';
import type { Inspector } from './inspector.ts';
import { containersOf, podsOf } from './pods.ts';

/**
 * A container's first process is moved into its cgroup while it may be running. What it ran since its
 * last tick the kernel books to the new cgroup, Vigia to the old one: 3 ms on the average, 8 at most,
 * in 45 moves on a busy emulator, whose ticks are late.
 */
const CPU_TOLERANCE_SECONDS = 0.04;

type Owners = Readonly<Record<string, string>>;

/** Whom a pod whose name begins so belongs to, of manifests/ and the chart. */
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
/** Those that are shown for as long as the retention is. */
const ENDED: Owners = { 'shop/brief-': 'Job brief', 'shop/nightly-': 'CronJob nightly' };
const ON_THE_HOSTS_NETWORK = ['shop/host-stream'];

/** Containers that burn CPU time and then sleep: namespace, pod, container, milliseconds. */
const BURNT: readonly (readonly [string, string, string, number])[] = [
  ['shop', 'guaranteed', 'app', 900],
  ['shop', 'burstable', 'app', 600],
  ['shop', 'besteffort', 'app', 300],
  ['limited', 'frugal', 'app', 200],
];

/** Fails unless each pod of the manifests is shown by its name, and none by its uid. */
export async function expectNames(cluster: Cluster, inspector: Inspector): Promise<void> {
  const shown = await expectOwners(cluster, inspector, { ...LIVING, ...ENDED });
  expect(shown.filter(({ namespace }) => namespace === '')).toEqual([]);
}

/** Fails unless each that lives is. Of the others a daemon that was restarted may know but the uid. */
export async function expectLivingNames(cluster: Cluster, inspector: Inspector): Promise<void> {
  await expectOwners(cluster, inspector, LIVING);
}

async function expectOwners(
  cluster: Cluster,
  inspector: Inspector,
  owners: Owners,
): Promise<readonly Labels[]> {
  // What has done nothing since the load is not shown.
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

/** Fails unless the CPU time of containers that sleep by now is what their cgroups say. */
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

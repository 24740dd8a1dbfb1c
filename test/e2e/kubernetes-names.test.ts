import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KubeApiServer, startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import {
  cgroupOf,
  makeAccount,
  makePod,
  POD_READER,
  type Pod,
  removePod,
} from '../../lab/kubernetes/kube-objects.ts';
import type { Labels } from '../../lab/monitoring/samples.ts';
import { openRelay, type Relay } from '../../lab/network/relay.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { type Daemon, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene } from '../../lab/scene/scene.ts';

const NODE = 'node-a';

let api: KubeApiServer;
let relay: Relay;
let scene: Scene;
let daemon: Daemon;

beforeAll(async () => {
  api = await startKubeApiServer();
  scene = await openScene();
  relay = await openRelay(api.port);
  const { token } = await makeAccount(api, POD_READER);
  const kubeconfig = api.kubeconfig(await token(), relay.port);
  daemon = await startDaemon(scene.options, [`--kubeconfig=${kubeconfig}`, `--node-name=${NODE}`]);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await relay?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

/** Gives a container some CPU usage. */
async function work(cgroup: string): Promise<void> {
  await runInside(scene.makeCgroup(cgroup), ['true']);
}

/** Waits for a pod with these labels, and returns all of its labels. */
async function info(wanted: Labels): Promise<Labels> {
  return await until(`a pod ${JSON.stringify(wanted)}`, async () => {
    const [found] = (await daemon.samples()).select('vigia_pod_info', wanted);
    return found?.labels;
  });
}

async function containersOf(pod: string): Promise<string[]> {
  const samples = await daemon.samples();
  const series = samples.select('vigia_container_cpu_seconds_total', { pod });
  return series.map(({ labels }) => labels['container'] ?? '').sort();
}

const deploymentPod = (name: string) => ({
  name,
  node: NODE,
  metadata: {
    labels: { 'pod-template-hash': '7d9f' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', uid: 'r', controller: true },
    ],
  },
});

test('a pod is shown with its name and its Deployment, its containers with their names', async () => {
  const pod = await makePod(api, { ...deploymentPod('web-1'), containers: ['app', 'mesh'] });
  await work(cgroupOf(pod, 'app'));
  await work(cgroupOf(pod, 'mesh'));
  expect(await info({ pod: 'web-1' })).toEqual({
    namespace: 'default',
    pod: 'web-1',
    uid: pod.uid,
    node: NODE,
    host_network: 'false',
    owner_kind: 'Deployment',
    owner_name: 'web',
  });
  await until('both containers', async () => (await containersOf('web-1')).length === 2);
  expect(await containersOf('web-1')).toEqual(['app', 'mesh']);
});

test('a hostNetwork pod is marked as such, a pod of another node is shown by uid', async () => {
  const here = await makePod(api, { name: 'agent', node: NODE, spec: { hostNetwork: true } });
  const there = await makePod(api, { name: 'elsewhere', node: 'node-b' });
  await work(cgroupOf(there));
  await work(cgroupOf(here));
  expect(await info({ pod: 'agent' })).toMatchObject({ host_network: 'true', owner_kind: '' });
  expect(await info({ pod: there.uid })).toMatchObject({ namespace: '', host_network: '' });
});

test('a static pod has the name of its mirror pod in the API', async () => {
  const hash = randomBytes(16).toString('hex');
  const annotations = { 'kubernetes.io/config.mirror': hash, 'kubernetes.io/config.hash': hash };
  const mirror = await makePod(api, {
    name: `etcd-${NODE}`,
    node: NODE,
    metadata: { annotations },
  });
  await work(cgroupOf({ ...mirror, uid: hash }));
  expect(await info({ uid: hash })).toMatchObject({ namespace: 'default', pod: `etcd-${NODE}` });
  await until('its container', async () => (await containersOf(`etcd-${NODE}`))[0] === 'app');
});

test('a pod that ended before it was seen still has its name', async () => {
  const pod = await makePod(api, { name: 'brief', node: NODE });
  await removePod(api, pod);
  await work(cgroupOf(pod));
  expect(await info({ uid: pod.uid })).toMatchObject({ namespace: 'default', pod: 'brief' });
});

test('during an API outage names stay, new pods are shown by uid, it is reported; names come back with the API', async () => {
  const known = await makePod(api, deploymentPod('web-known'));
  await work(cgroupOf(known));
  await info({ pod: 'web-known' });
  const up = async () => (await daemon.samples()).one('vigia_kubernetes_watch_up');
  expect(await up()).toBe(1);
  relay.cut();
  const fresh = await makePod(api, deploymentPod('web-new'));
  await work(cgroupOf(fresh));
  expect(await info({ uid: fresh.uid })).toMatchObject({ namespace: '', pod: fresh.uid });
  await info({ uid: known.uid, pod: 'web-known' });
  expect(await up()).toBe(0);
  expect(await daemon.get('/readyz?verbose')).toMatch(/^\[!\]kubernetes-pods degraded: /m);
  expect(await (await fetch(`${daemon.url}/readyz`)).text()).toBe('ok\n');
  const lists = async () =>
    (await daemon.samples()).one('vigia_kubernetes_list_total', { result: 'success' });
  const before = await lists();
  // A restarted server has no old events: the last known version is too old to resume from.
  await api.kill();
  await api.restart();
  relay.mend();
  await until('the name', () => info({ uid: fresh.uid, pod: 'web-new' }), 60_000);
  await info({ uid: known.uid, pod: 'web-known' });
  expect(await up()).toBe(1);
  expect(await lists()).toBe(before + 1);
  const warnings = daemon
    .log()
    .filter(({ msg }) => msg.includes('cannot watch the Kubernetes API'));
  expect(warnings).toHaveLength(1);
});

test('a restarted container is shown by its name as well', async () => {
  const pod: Pod = await makePod(api, { name: 'crashing', node: NODE });
  await work(cgroupOf(pod));
  await until('its container', async () => (await containersOf('crashing'))[0] === 'app');
  const again = { ...pod, containers: { app: randomBytes(32).toString('hex') } };
  const status = { name: 'app', image: 'none', imageID: 'none', ready: true, restartCount: 1 };
  await work(cgroupOf(again));
  await api.request('PATCH', `${pod.path}/status`, {
    status: {
      containerStatuses: [{ ...status, containerID: `containerd://${again.containers.app}` }],
    },
  });
  await until('one container', async () => (await containersOf('crashing')).join() === 'app');
});

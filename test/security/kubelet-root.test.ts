import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KubeApiServer, startKubeApiServer } from '../../lab/kubernetes/kube-api-server.ts';
import {
  cgroupOf,
  makeAccount,
  makePod,
  POD_READER,
  type Pod,
} from '../../lab/kubernetes/kube-objects.ts';
import { handOver, runAsUserBelow } from '../../lab/process/delegated.ts';
import { compiled, cpuStatNs, runInside, until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, runVigia, startDaemon } from '../../lab/scene/daemon.ts';
import { openScene, type Scene, socketOf } from '../../lab/scene/scene.ts';
import type { Finding } from '../../src/core/mining/verdict/finding.ts';

const NODE = 'node-a';
const WEB = { namespace: 'default', pod: 'web' };
const CPU = 'vigia_container_cpu_seconds_total';
const BURN_MS = 200;
const BURN = [compiled('work'), 'burn', String(BURN_MS), '1', '1', '0'];
/** Arguments that only a miner is started with. */
const MINES = ['/bin/true', '-o', 'stratum+tcp://pool.example:3333'];

let api: KubeApiServer;
let scene: Scene;
let daemon: Daemon;
let victim: Pod;

beforeAll(async () => {
  api = await startKubeApiServer();
  scene = await openScene();
  const { token } = await makeAccount(api, POD_READER);
  daemon = await startDaemon(scene.options, [
    `--kubeconfig=${api.kubeconfig(await token())}`,
    `--node-name=${NODE}`,
    '--may-mine=default/web',
  ]);
  victim = await makePod(api, { name: 'web', node: NODE });
  await runInside(scene.makeCgroup(cgroupOf(victim)), ['true']);
  await until('the pod', async () => (await daemon.samples()).select('vigia_pod_info', WEB)[0]);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

async function findings(): Promise<Finding[]> {
  const socket = `--socket=${socketOf(scene.options)}`;
  return JSON.parse((await runVigia(['findings', socket, '-o', 'json'])).stdout) as Finding[];
}

/** The pod's own path, its slice alone, and the variants of other drivers and engines. */
function fakesOf({ uid, containers }: Pod): string[] {
  const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  const id = containers['app'];
  return [
    cgroupOf(victim),
    slice,
    `kubepods.slice/${slice}`,
    `kubepods/burstable/pod${uid}/${id}`,
    `${slice}:cri-containerd:${id}`,
    `containerd.service/${slice}:cri-containerd:${id}`,
  ];
}

/** Places where a user can create cgroups, and how those are shown. */
test.each([
  [
    "a user's session",
    'user.slice/user-1000.slice/session-3.scope',
    { namespace: 'user-1000.slice', pod: 'session-3.scope' },
  ],
  [
    "a user's manager",
    'user.slice/user-1000.slice/user@1000.service/app.slice',
    { namespace: 'user-1000.slice', pod: 'user@1000.service' },
  ],
  ['a service with cgroups of its own', 'system.slice/ci.service', { pod: 'ci.service' }],
  ['a cgroup that was handed over without systemd', 'handed-over', { pod: 'handed-over' }],
])('%s is not a kubelet, whatever its cgroups are named', async (_, path, whose) => {
  const before = await freshSamples(daemon);
  const handedOver = handOver(scene.makeCgroup(path));
  const fakes = fakesOf(victim);
  for (const fake of fakes) {
    await runAsUserBelow(handedOver, fake, BURN);
    await runAsUserBelow(handedOver, fake, MINES);
  }
  const burntSeconds = cpuStatNs(handedOver) / 1e9;
  expect(burntSeconds).toBeGreaterThan((fakes.length * BURN_MS) / 1000);
  const after = await freshSamples(daemon);
  expect(after.sum(CPU, WEB)).toBe(before.sum(CPU, WEB));
  expect(after.select('vigia_pod_info', { uid: victim.uid })).toHaveLength(1);
  expect(after.sum(CPU) - before.sum(CPU)).toBeGreaterThan(burntSeconds - 0.1);
  const all = await until('a finding', async () => {
    const found = await findings();
    const isTheirs = (finding: Finding) => expect.objectContaining(whose).asymmetricMatch(finding);
    return found.some(isTheirs) ? found : undefined;
  });
  expect(all.filter(({ pod, verdict }) => pod === 'web' || verdict === 'allowed')).toEqual([]);
});

test('a configured root is the only one, at any place', async () => {
  await using other = await openScene();
  const root = 'user.slice/user-1000.slice/user@1000.service/k3s.scope/kubepods';
  await using rootless = await startDaemon(other.options, [
    `--kubelet-root=/${basename(other.cgroup)}/${root}`,
  ]);
  expect(rootless.log().filter(({ level }) => level === 'warn')).toHaveLength(1);
  const elsewhere = { ...victim, uid: '11111111-2222-4333-8444-555555555555' };
  await runInside(other.makeCgroup(`${root}/burstable/pod${victim.uid}`), ['true']);
  await runInside(other.makeCgroup(cgroupOf(elsewhere)), ['true']);
  const pod = await until('the pod', async () =>
    (await freshSamples(rootless)).select('vigia_pod_info', { uid: victim.uid }).at(0),
  );
  expect(pod.labels['pod']).toBe(victim.uid);
  const samples = await freshSamples(rootless);
  expect(samples.select('vigia_pod_info', { uid: elsewhere.uid })).toEqual([]);
});

test("the kubelet's own cgroups are its pod's: it counts there and may mine", async () => {
  const before = await freshSamples(daemon);
  const cgroup = scene.makeCgroup(cgroupOf(victim));
  await runInside(cgroup, BURN);
  await runInside(cgroup, MINES);
  const after = await freshSamples(daemon);
  expect(after.sum(CPU, WEB) - before.sum(CPU, WEB)).toBeGreaterThan(BURN_MS / 1000);
  const web = await until('a finding', async () =>
    (await findings()).find(({ pod }) => pod === 'web'),
  );
  expect(web.verdict).toBe('allowed');
});

import { afterAll, beforeAll, test } from 'vitest';
import { type Cluster, openCluster } from '../cluster/cluster.ts';
import { expectKernelsFigures, expectNames } from '../cluster/expectations.ts';
import { type Inspector, inspectorOf } from '../cluster/inspector.ts';
import { applyAll } from '../cluster/pods.ts';

let cluster: Cluster;
let inspector: Inspector;

beforeAll(async () => {
  cluster = await openCluster('cgroupfs');
  inspector = inspectorOf(cluster);
  // Mining detection does not depend on names, and takes the emulator long to load. Here the chart
  // mounts a bpffs; the other cluster uses systemd's.
  await cluster.installChart('--set-string=settings.mining=off', '--set=bpffsMount=true');
  await applyAll(cluster);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

test('with the kubelet’s own cgroup driver, pods have their names', async () => {
  await expectNames(cluster, inspector);
});

test('and their containers have the kernel’s CPU time', async () => {
  await expectKernelsFigures(cluster, inspector);
});

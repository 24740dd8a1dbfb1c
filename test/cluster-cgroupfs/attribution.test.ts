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
  // What looks for mining knows nothing of names, and takes the emulator long to load. As on nodes
  // without a bpffs, one is mounted; the other cluster has systemd's.
  await cluster.installChart('--set-string=settings.mining=off', '--set=bpffsMount=true');
  await applyAll(cluster);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

test('where the kubelet itself keeps cgroups, pods have their names', async () => {
  await expectNames(cluster, inspector);
});

test('and their containers what the kernel booked', async () => {
  await expectKernelsFigures(cluster, inspector);
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asUser, handOver } from '../../lab/process/delegated.ts';
import { runInside, until } from '../../lab/process/process.ts';
import { type Daemon, freshSamples, startDaemon } from '../../lab/scene/daemon.ts';
import { memoryFor, openScene, type Scene } from '../../lab/scene/scene.ts';

const MAX_SERIES = 3000;
/** Far beyond the limit: a pod and its container have 28. */
const INVENTED = 300;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ mapMemoryBytes: await memoryFor(10 * INVENTED) });
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

/** Moves from one new cgroup to the next, and uses some time in each. */
const INVENT = `while read -r name; do mkdir -p "$0/$name" && echo 0 >"$0/$name/cgroup.procs"; done`;

/** As a user in a delegated cgroup, creates one that looks like a container for each pod. */
async function invent(handedOver: string): Promise<void> {
  const names = Array.from({ length: INVENTED }, () => `${randomBytes(32).toString('hex')}`);
  const script = `printf '%s\\n' ${names.join(' ')} | (${INVENT})`;
  await runInside(handedOver, asUser('/bin/sh', '-c', script, handedOver));
}

async function start(): Promise<Daemon> {
  return await startDaemon(scene.options, [`--max-series=${MAX_SERIES}`]);
}

/** Places where users can create cgroups. */
const HANDED_OVER = [
  'user.slice/user-1000.slice/user@1000.service',
  'system.slice/ci.service',
  'handed-over',
];

test('invented pods of users take a third of all series, and services started later have theirs', async () => {
  await using daemon = await start();
  for (const path of HANDED_OVER) await invent(handOver(scene.makeCgroup(path)));
  const flooded = await until('the flood', async () => {
    const samples = await freshSamples(daemon);
    return samples.one('vigia_series_dropped_total') > 0 ? samples : undefined;
  });
  const series = flooded.one('vigia_series');
  console.log(
    `${flooded.select('vigia_pod_info').length} pods have ${series} of ${MAX_SERIES} series`,
  );
  expect(series).toBeLessThan(MAX_SERIES / 2);
  await started(daemon);
});

test('the same holds for a daemon started after the flood', async () => {
  await using daemon = await start();
  await started(daemon);
});

/** Services and pods, as many as on a small node. */
async function started(daemon: Daemon): Promise<void> {
  const own = Array.from({ length: 20 }, (_, i) => `late-${i}`);
  for (const name of own) {
    await runInside(scene.makeCgroup(`system.slice/${name}.service`), ['true']);
    const pod = `kubepods.slice/kubepods-pod${name.replace('-', '_')}.slice`;
    await runInside(scene.makeCgroup(`${pod}/cri-containerd-${'a'.repeat(64)}.scope`), ['true']);
  }
  const samples = await freshSamples(daemon);
  const shown = new Set(samples.select('vigia_pod_info').map(({ labels }) => labels['pod']));
  for (const name of own)
    expect([...shown]).toEqual(expect.arrayContaining([`${name}.service`, name]));
}

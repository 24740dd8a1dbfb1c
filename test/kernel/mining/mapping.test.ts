import { expect, test } from 'vitest';
import { runInside } from '../../../lab/process/process.ts';
import { NO_SETTINGS, openForeign } from '../../../lab/scene/foreign.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';
import { emulator } from '../../../trials/mining/emulators/emulator.ts';

const DATASET_MIB = '2080';

/** Process names of a cgroup that were reported for their mappings. */
function reported(scene: Scene, cgroup: string): string[] {
  return scene
    .cluesOf(cgroup)
    .filter(({ kind }) => kind === CLUE_KIND.mapping)
    .map(({ command }) => Buffer.from(command).toString().replace(/\0+$/, ''));
}

test('a mapping of the size of RandomX’s dataset is reported once, however often it is created', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('dataset');
  await runInside(cgroup, [emulator('memory'), DATASET_MIB, '1000']);
  expect(reported(scene, cgroup)).toEqual(['emulated-memory']);
  const [clue] = scene.cluesOf(cgroup);
  expect(clue?.pid).toBeGreaterThan(1);
  expect(scene.runs().see_mapping).toBeGreaterThanOrEqual(1000);
});

test('each cgroup is reported separately', async () => {
  await using scene = await openScene();
  const cgroups = [scene.makeCgroup('one'), scene.makeCgroup('two')];
  for (const cgroup of cgroups) await runInside(cgroup, [emulator('memory'), DATASET_MIB]);
  expect(cgroups.flatMap((cgroup) => reported(scene, cgroup))).toEqual(
    Array(2).fill('emulated-memory'),
  );
});

// A program of the test denies it, so no page of this machine is ever reserved.
test('reserving huge pages for a dataset is reported', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('pages');
  await using _ = await openForeign(scene.bpftool, cgroup, 'multi', NO_SETTINGS);
  const write = (value: string, path = 'vm/nr_hugepages') =>
    runInside(cgroup, ['/bin/sh', '-c', `echo ${value} 2>&1 > /proc/sys/${path} || :`]);
  const reserved = () =>
    scene.cluesOf(cgroup).flatMap(({ kind, detail }) => (kind === CLUE_KIND.sysctl ? detail : []));
  for (const value of ['0', '1039', 'many', '9'.repeat(30)]) await write(value);
  await write('1280', 'vm/nr_overcommit_hugepages');
  expect(reserved()).toEqual([]);
  expect(await write('1280')).toContain('echo: I/O error');
  expect(reserved()).toEqual([1280]);
});

test('Vigia denies no access to a setting', async () => {
  await using scene = await openScene();
  const script = 'echo vigia-test > /proc/sys/kernel/hostname && uname -n';
  const output = await runInside(scene.makeCgroup('names'), [
    'unshare',
    '--uts',
    'sh',
    '-c',
    script,
  ]);
  expect(output).toBe('vigia-test\n');
});

test.each([
  ['the cache of RandomX, which is a size like any other', '256'],
  ['less', '2079'],
  ['more', '2081'],
  ['twice as much', '4160'],
])('not reported is %s', async (_, mebibytes) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('other');
  await runInside(cgroup, [emulator('memory'), mebibytes, '10']);
  expect(reported(scene, cgroup)).toEqual([]);
});

test('a refused request counts as a request', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('refused');
  const refused = 'ulimit -v 1000000; "$0" 2080; test $? = 1';
  await runInside(cgroup, ['/bin/sh', '-c', refused, emulator('memory')]);
  expect(reported(scene, cgroup)).toEqual(['emulated-memory']);
});

test('a disabled source is not loaded', async () => {
  await using scene = await openScene({ mining: ['exec'] });
  const cgroup = scene.makeCgroup('off');
  await runInside(cgroup, [emulator('memory'), DATASET_MIB]);
  expect(reported(scene, cgroup)).toEqual([]);
});

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInside } from '../../../lab/process/process.ts';
import { ownTemporaryDirectory } from '../../../lab/process/temporary.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { EXEC_REASONS } from '../../../src/core/mining/detectors/exec.ts';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';

const TMPFS_MAGIC = 0x01021994;

/** Reason, name and arguments of each reported program of a cgroup. */
function reported(scene: Scene, cgroup: string) {
  return scene
    .cluesOf(cgroup)
    .filter(({ kind }) => kind === CLUE_KIND.exec)
    .sort((a, b) => a.atNs - b.atNs) // each CPU has its own ring
    .map(({ detail, command, text, textBytes }) => ({
      why: EXEC_REASONS.filter((_, bit) => detail & (1 << bit)),
      command: Buffer.from(command).toString().replace(/\0+$/, ''),
      args: Buffer.from(text.subarray(0, textBytes)).toString().split('\0'),
    }));
}

test('a program with a miner’s arguments is reported', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('words');
  await runInside(cgroup, ['/bin/true', '-o', 'stratum+tcp://pool.example:3333', '--nicehash']);
  expect(reported(scene, cgroup)).toEqual([
    {
      why: ['words'],
      command: 'true',
      args: ['/bin/true', '-o', 'stratum+tcp://pool.example:3333', '--nicehash', ''],
    },
  ]);
});

test.each([
  'stratum1+tcp://0xabc.rig@pool.example:4444',
  'stratum2+tcp://pool.example:4444',
  'stratum+ssl://pool.example:443',
  'ethproxy+tcp://pool.example:4444',
])('so is one with %s', async (address) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('address');
  await runInside(cgroup, ['/bin/true', '-P', address]);
  expect(reported(scene, cgroup).map(({ why }) => why)).toEqual([['words']]);
});

test('of two megabytes of arguments, the first 512 bytes are inspected', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('long');
  const long = Array.from({ length: 20 }, () => 'x'.repeat(100_000));
  await runInside(cgroup, ['/bin/true', ...long, 'stratum+tcp://pool.example:3333']);
  expect(reported(scene, cgroup)).toEqual([]);
  await runInside(cgroup, ['/bin/true', 'stratum+tcp://pool.example:3333', ...long]);
  const [first] = reported(scene, cgroup);
  expect(first?.why).toEqual(['words']);
  expect(first?.args.join('\0')).toHaveLength(512);
});

test('a program in memory, a deleted one, and one with a miner’s name', async () => {
  const memory = mkdtempSync('/dev/shm/vigia-test-');
  const disk = mkdtempSync(join(tmpdir(), 'vigia-test-'));
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('places');
  try {
    const onDisk = statfsSync(disk).type === TMPFS_MAGIC ? ['memory'] : [];
    copyFileSync('/bin/true', join(memory, 'a'));
    copyFileSync('/bin/sleep', join(disk, 'xmrig-emulated'));
    await runInside(cgroup, [join(memory, 'a')]);
    await runInside(cgroup, [join(memory, 'a')]);
    await runInside(cgroup, [join(disk, 'xmrig-emulated'), '0']);
    const deleted = 'exec 9<"$0"; rm "$0"; exec /proc/self/fd/9 0';
    await runInside(cgroup, ['/bin/sh', '-c', deleted, join(disk, 'xmrig-emulated')]);
    expect(reported(scene, cgroup).map(({ why }) => why)).toEqual([
      ['memory'],
      ['name', ...onDisk],
      [...onDisk, 'unlinked'],
    ]);
  } finally {
    rmSync(memory, { recursive: true });
    rmSync(disk, { recursive: true });
  }
});

test('a program added to its container, but none from its image', async () => {
  using temporary = ownTemporaryDirectory();
  const at = (name: string) => join(temporary.path, name);
  for (const name of ['image', 'added', 'work', 'root']) mkdirSync(at(name));
  copyFileSync('/bin/true', join(at('image'), 'known'));
  const layers = `lowerdir=${at('image')},upperdir=${at('added')},workdir=${at('work')}`;
  const script = [
    `mount -t overlay overlay -o ${layers} ${at('root')}`,
    `cp /bin/true ${at('root')}/new`,
    `${at('root')}/known`,
    `${at('root')}/new`,
  ].join(' && ');
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('container');
  // Its mounts end with it.
  await runInside(cgroup, ['unshare', '--mount', 'sh', '-c', script]);
  expect(reported(scene, cgroup).map(({ why, args }) => [why, args[0]])).toEqual([
    [['upper'], `${at('root')}/new`],
  ]);
});

test('a program with a wallet as argument is reported', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('wallet');
  const digest = '4f0'.repeat(32);
  await runInside(cgroup, ['/bin/true', 'a.example:443', `--digest=x${digest}`, 'x'.repeat(95)]);
  expect(reported(scene, cgroup)).toEqual([]);
  await runInside(cgroup, ['/bin/true', '-o', 'a.example:443', '-u', `4${'A'.repeat(94)}`]);
  expect(reported(scene, cgroup).map(({ why }) => why)).toEqual([['words']]);
});

test('of hundreds of ordinary programs, none is reported', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('ordinary');
  const many = 'for i in $(seq 300); do /bin/true --user=$i --url=http://x stratum; done';
  await runInside(cgroup, ['/bin/sh', '-c', many]);
  expect(reported(scene, cgroup)).toEqual([]);
  expect(scene.runs().see_exec).toBeGreaterThan(300);
});

test('a disabled source is not loaded', async () => {
  await using scene = await openScene({ mining: ['payload'] });
  const cgroup = scene.makeCgroup('off');
  await runInside(cgroup, ['/bin/true', 'stratum+tcp://pool.example:3333']);
  expect(reported(scene, cgroup)).toEqual([]);
});

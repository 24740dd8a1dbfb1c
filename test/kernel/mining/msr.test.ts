import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInside } from '../../../lab/process/process.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { MsrDetector } from '../../../src/core/mining/detectors/msr.ts';
import { observation } from '../../../src/core/mining/observation.fixture.ts';
import { CLUE_KIND } from '../../../src/core/reading/clue.ts';

/** How each process of a cgroup requested write access to registers. */
function requestsIn(scene: Scene, cgroup: string): string[] {
  const clues = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.exec);
  return [...new MsrDetector().detect(observation({ clues }))].map(({ detail }) => detail);
}

// For a nonexistent CPU: the register driver, if there is one, refuses it.
test('opening registers for writing is reported once, and not denied', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-test-'));
  const at = (name: string) => join(directory, name);
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('devices');
  const open = (how: string, path: string) =>
    runInside(cgroup, ['/bin/sh', '-c', `(: ${how} ${path}) 2>&1 || :`]);
  try {
    execFileSync('mknod', [at('registers'), 'c', '202', '9999']);
    execFileSync('mknod', [at('disk'), 'b', '202', '9999']);
    execFileSync('mknod', [at('null'), 'c', '1', '3']);
    expect(await open('<', at('registers'))).toContain('No such device or address');
    expect(await open('>', at('disk'))).toContain('No such device or address');
    expect(await open('>', at('null'))).toBe('');
    expect(scene.cluesOf(cgroup)).toEqual([]);
    expect(await open('>', at('registers'))).toContain('No such device or address');
    await open('>', at('registers'));
  } finally {
    rmSync(directory, { recursive: true });
  }
  const sightings = [...new MsrDetector().detect(observation({ clues: scene.cluesOf(cgroup) }))];
  expect(sightings).toMatchObject([
    { command: 'sh', detail: 'requested write access to the MSRs of CPU 9999' },
  ]);
  expect(sightings[0]?.pid).toBeGreaterThan(1);
});

// With a modprobe that does nothing: no register and no module of this machine is touched.
test('asking the register driver for write access is reported', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vigia-test-'));
  const modprobe = join(directory, 'modprobe');
  copyFileSync('/bin/true', modprobe);
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('registers');
  try {
    await runInside(cgroup, [modprobe, 'msr', 'allow_writes=on']);
    await runInside(cgroup, [modprobe, 'msr']);
    await runInside(cgroup, [modprobe, 'kvm']);
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect(requestsIn(scene, cgroup)).toEqual([
    `requested write access to MSRs: ${modprobe} msr allow_writes=on`,
  ]);
});

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLUE_KIND } from '../../src/core/detect/clue.ts';
import { MsrDetector } from '../../src/core/detect/msr.ts';
import { observation } from '../../src/core/detect/observation.fixture.ts';
import { runInside } from '../support/process.ts';
import { openScene, type Scene } from '../support/scene.ts';

/** How each process of a cgroup asked to write registers. */
function asked(scene: Scene, cgroup: string): string[] {
  const clues = scene.cluesOf(cgroup).filter(({ kind }) => kind === CLUE_KIND.exec);
  return [...new MsrDetector().look(observation({ clues }))].map(({ detail }) => detail);
}

// A modprobe that does nothing: no register and no module of this machine is ever touched.
test('a program is told of that asks for the driver of the registers to let it write', async () => {
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
  expect(asked(scene, cgroup)).toEqual([
    `asks to write the processor's registers: ${modprobe} msr allow_writes=on`,
  ]);
});

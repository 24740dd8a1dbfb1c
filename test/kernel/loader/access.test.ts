import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compiled, cpuStatNs, startInside } from '../../../lab/process/process.ts';
import { totalNs } from '../../../lab/scene/books.ts';
import { emptyCgroup, openScene, removeCgroups, sceneOptions } from '../../../lab/scene/scene.ts';
import { usageRow } from '../../../src/kernel/tables/wire.gen.ts';

const work = compiled('work');

/**
 * Runs a command as another user without capabilities and without a way to gain any, like the
 * daemon.
 */
function runAs(uid: number, command: readonly string[]): Buffer {
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs'];
  const drop = ['--bounding-set=-all', '--inh-caps=-all'];
  return execFileSync('setpriv', [...user, ...drop, ...command], { stdio: 'pipe' });
}

test('the chosen uid reads every table and opens reap without any capability', async () => {
  await using scene = await openScene({ uid: 65534 });
  const tables = join(scene.options.bpffs, 'current/tables');
  const bytes = runAs(65534, ['cat', join(tables, 'usage')]);
  expect(bytes).toHaveLength(scene.usage().length * usageRow.size);
  for (const table of ['path', 'cpu']) runAs(65534, ['cat', join(tables, table)]);
  const { reap } = scene.runs();
  runAs(65534, ['cat', join(tables, 'reap')]);
  expect(scene.runs().reap).toBe(reap + 1);
});

test('no other uid reads a table, and only root can access a map or a program', async () => {
  await using scene = await openScene({ uid: 65534 });
  const root = join(scene.options.bpffs, 'current');
  for (const table of ['usage', 'path', 'cpu', 'settle', 'reap'])
    expect(() => runAs(65533, ['cat', join(root, 'tables', table)])).toThrow('Permission denied');
  for (const uid of [65533, 65534])
    for (const place of ['maps', 'programs'])
      expect(() => runAs(uid, ['ls', join(root, place)])).toThrow('Permission denied');
  expect(() => runAs(65534, ['rm', join(root, 'tables/usage')])).toThrow('Permission denied');
});

test('processes outside the chosen root are not counted', async () => {
  await using scene = await openScene();
  const { cgroup: outside } = await sceneOptions();
  try {
    const inner = join(outside.path, 'inner');
    mkdirSync(inner);
    const command = [work, 'burn', '100', '2', '2', '200'];
    await using foreign = await startInside(inner, command);
    await using own = await startInside(scene.makeCgroup('own'), command);
    for (const program of [foreign, own]) await program.prints('done');

    const ids = scene.usage().map(({ cgroupId }) => cgroupId);
    expect(ids).not.toContain(outside.id);
    expect(ids).not.toContain(statSync(inner).ino);
    expect(scene.reserved('rest').cpu.oncpuNs).toBe(0);
    expect(Math.abs(totalNs(scene.usage()) - cpuStatNs(scene.cgroup))).toBeLessThan(5e6);
  } finally {
    await emptyCgroup(outside.path);
    removeCgroups(outside.path);
  }
});

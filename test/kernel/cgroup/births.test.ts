import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  compiled,
  cpuStatNs,
  holdInside,
  startInside,
  until,
} from '../../../lab/process/process.ts';
import { totalNs } from '../../../lab/scene/books.ts';
import { findV1, makeV1 } from '../../../lab/scene/cgroup-v1.ts';
import { openScene, sceneAt, sceneOptions } from '../../../lab/scene/scene.ts';

const MS = 1e6;
const work = compiled('work');
const brief = compiled('brief');
/**
 * Not ASCII, not UTF-8, quotes, and characters special to shells and labels. The kernel refuses
 * .
 */
const ODD_NAMES = [
  '"quoted" \'name\'',
  'back\\slash',
  'tab\tand space ',
  '{a="b"}\r',
  '日本語',
  '$(x)',
].map((name) => Buffer.from(name));

test('of 100 cgroups that live 200 ms, none is missing, and each has its path and its CPU time', async () => {
  await using scene = await openScene();
  const crowd = scene.makeCgroup('crowd');
  await using mother = await startInside(scene.makeCgroup('mother'), [
    ...[brief, crowd, '100', '2000', '200'],
  ]);
  await mother.prints('done');

  const paths = new Map(scene.paths().map(({ cgroupId, ...path }) => [cgroupId, text(path)]));
  const dead = scene.usage().filter(({ diedNs }) => diedNs > 0);
  const expected = Array.from({ length: 100 }, (_, i) => `/${basename(scene.cgroup)}/crowd/${i}`);
  expect(dead.map(({ cgroupId }) => paths.get(cgroupId)).sort()).toEqual(expected.sort());
  for (const { cpu, bornNs, diedNs } of dead) {
    expect(cpu.oncpuNs / MS).toBeGreaterThanOrEqual(2);
    expect((diedNs - bornNs) / MS).toBeGreaterThan(200);
  }
  expect(Math.abs(totalNs(dead) - cpuStatNs(crowd)) / MS).toBeLessThan(5);
});

test('a cgroup older than the load has a row at once, and its path when it ends', async () => {
  const options = await sceneOptions();
  const path = join(options.cgroup.path, 'elder');
  mkdirSync(path);
  await using sleeper = await holdInside(path, ['true']);
  await using scene = await sceneAt(options);
  const { cgroupId, cpu } = scene.usageOf(path);
  expect(cpu.oncpuNs).toBe(0);
  expect(scene.paths().map((row) => row.cgroupId)).not.toContain(cgroupId);
  sleeper.go();
  await sleeper.end();
  rmdirSync(path);

  const stored = scene.paths().find((row) => row.cgroupId === cgroupId);
  expect(stored && text(stored)).toBe(`/${basename(scene.cgroup)}/elder`);
});

test('usage before the load, fair or real-time, is not charged', async () => {
  const options = await sceneOptions();
  const path = join(options.cgroup.path, 'elder');
  mkdirSync(path);
  const spin = ['taskset', '-c', '0', work, 'spin', '1'];
  await using fair = await startInside(path, spin);
  await using real = await startInside(path, ['chrt', '-f', '10', ...spin]);
  await real.prints('spinning');
  await until('it to run', () => cpuStatNs(path) > 300 * MS);
  const before = cpuStatNs(path);
  await using scene = await sceneAt(options);

  process.kill(real.pid, 'SIGKILL');
  await fair.prints('spinning');
  const { oncpuNs } = scene.usageOf(path).cpu;
  expect(oncpuNs).toBeLessThan(cpuStatNs(path) - before + 5 * MS);
});

test('a cgroup name of any bytes, up to 255, is kept in the path', async () => {
  await using scene = await openScene();
  const root = Buffer.from(`${scene.cgroup}/`);
  const names = [...ODD_NAMES, Buffer.from([0xff, 0xfe, 0x01, 0xc3]), Buffer.alloc(255, 'x')];
  for (const name of names) mkdirSync(Buffer.concat([root, name]));

  const stored = new Map(
    scene.paths().map(({ cgroupId, path, pathBytes }) => [cgroupId, path.subarray(0, pathBytes)]),
  );
  for (const name of names) {
    const { ino } = statSync(Buffer.concat([root, name]));
    const path = Buffer.concat([Buffer.from(`/${basename(scene.cgroup)}/`), name]);
    expect(Buffer.from(stored.get(ino) ?? [])).toEqual(path);
  }
  for (const name of names) rmdirSync(Buffer.concat([root, name]));
  expect(scene.lost()).not.toHaveProperty('path.truncated');
});

test('a path that is too long is cut and counted, and its cgroup is charged normally', async () => {
  await using scene = await openScene();
  let deepest = scene.cgroup;
  for (let depth = 0; depth < 12; depth++) {
    deepest = join(deepest, String(depth).padStart(200, '0'));
    mkdirSync(deepest);
  }
  const { cgroupId } = scene.usageOf(deepest);
  const stored = scene.paths().find((row) => row.cgroupId === cgroupId);
  expect(stored?.pathBytes).toBe(479);
  expect(deepest).toContain(stored && text(stored));
  // Three levels of 200 bytes are too long for the table, and so is everything below.
  expect(scene.lost()['path.truncated']).toBe(10);
  await using burner = await startInside(deepest, [work, 'burn', '20', '1', '1', '0']);
  await burner.prints('done');
  expect(scene.usageOf(deepest).cpu.oncpuNs / MS).toBeGreaterThan(20);
});

test('a v1 cgroup creates no row, neither when it is created nor when it ends', async ({
  skip,
}) => {
  const mount = findV1();
  if (mount === undefined) return skip('no hierarchy of cgroup v1 is mounted here');
  await using scene = await openScene();
  const { rows, runs } = { rows: scene.usage().length, runs: scene.runs() };
  for (let birth = 0; birth < 200; birth++) makeV1(mount)[Symbol.dispose]();

  expect(scene.usage()).toHaveLength(rows);
  // v2 cgroups may come and go elsewhere on the machine, but not this many.
  expect(scene.runs().cgroup_born - runs.cgroup_born).toBeLessThan(200);
  expect(scene.runs().cgroup_died - runs.cgroup_died).toBeLessThan(200);
});

function text({ path, pathBytes }: { path: Uint8Array; pathBytes: number }): string {
  return Buffer.from(path.subarray(0, pathBytes)).toString();
}

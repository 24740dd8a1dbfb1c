import { rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  compiled,
  cpuStatNs,
  holdInside,
  moveInto,
  startInside,
  stop,
  until,
} from '../../../lab/process/process.ts';
import { totalNs } from '../../../lab/scene/books.ts';
import { memoryFor, openScene, type Scene } from '../../../lab/scene/scene.ts';
import type { UsageRow } from '../../../src/kernel/tables/wire.gen.ts';

const MS = 1e6;
const brief = compiled('brief');
const work = compiled('work');

/** Creates and removes cgroups, with a process in each, below their own cgroup. */
async function live(scene: Scene, name: string, count: number, cpuUs = 1000): Promise<void> {
  const directory = scene.makeCgroup(name);
  const mother = scene.makeCgroup('mother');
  const command = [brief, directory, String(count), String(cpuUs), '1'];
  await using births = await startInside(mother, command);
  await births.prints('done');
}

const isAlive = (rows: readonly UsageRow[], id: number) =>
  rows.some(({ cgroupId, diedNs }) => cgroupId === id && diedNs === 0);
const deadIn = (rows: readonly UsageRow[]) => rows.filter(({ diedNs }) => diedNs > 0);

/** Opens `reap` until no dead row is left. Fails if the sum of all rows decreases. */
async function reapAll(scene: Scene): Promise<void> {
  let last = totalNs(scene.usage());
  await until('all the dead to be reaped', () => {
    scene.reap();
    const rows = scene.usage();
    const now = totalNs(rows);
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
    return deadIn(rows).length === 0;
  });
}

function expectConserved(scene: Scene): void {
  const missing = totalNs(scene.usage()) - cpuStatNs(scene.cgroup);
  expect(Math.abs(missing) / MS).toBeLessThan(5);
}

test('reading a table removes nothing, however old the dead rows are', async () => {
  await using scene = await openScene({ retentionMs: 1 });
  await live(scene, 'crowd', 5);
  const dead = deadIn(scene.usage());
  const paths = scene.paths();
  await delay(20);
  for (let reading = 0; reading < 10; reading++) {
    expect(deadIn(scene.usage())).toEqual(dead);
    expect(scene.paths()).toEqual(paths);
  }
  expect(dead).toHaveLength(5);
});

test('the first opening of reap marks dead rows, and they are freed after the retention', async () => {
  const retentionMs = 600;
  await using scene = await openScene({ retentionMs });
  await live(scene, 'crowd', 5);
  const dead = deadIn(scene.usage());
  await delay(retentionMs); // unread, they do not age
  const seen = performance.now();
  let age = 0;
  while (age < retentionMs - 50) {
    scene.reap();
    const kept = deadIn(scene.usage());
    age = performance.now() - seen;
    if (age < retentionMs) expect(kept).toEqual(dead);
    await delay(20);
  }
  await reapAll(scene);
  expect(performance.now() - seen).toBeGreaterThan(retentionMs);
  expect(scene.reserved('retired').cpu.oncpuNs).toBe(totalNs(dead));
});

test('400 simultaneous deaths are all reaped, and the sum of all rows never decreases', async () => {
  await using scene = await openScene({ retentionMs: 200 });
  await live(scene, 'crowd', 400);
  expect(deadIn(scene.usage())).toHaveLength(400);
  await reapAll(scene);

  const gone = scene.paths().filter(({ cgroupId }) => !isAlive(scene.usage(), cgroupId));
  expect(gone).toEqual([]);
  expect(scene.lost()).not.toHaveProperty('usage.table_full');
  expectConserved(scene);
});

test('a table with reaped rows never runs out, and new rows start at zero', async () => {
  const slots = 256;
  await using scene = await openScene({ retentionMs: 0, mapMemoryBytes: await memoryFor(slots) });
  for (let round = 0; round < 4; round++) {
    await live(scene, `round-${round}`, 100);
    const dead = deadIn(scene.usage());
    expect(dead).toHaveLength(100);
    for (const { cpu } of dead) expect(cpu.oncpuNs / MS).toBeGreaterThanOrEqual(1);
    const used = cpuStatNs(join(scene.cgroup, `round-${round}`));
    expect(Math.abs(totalNs(dead) - used) / MS).toBeLessThan(5);
    await reapAll(scene);
  }
  expect(scene.lost()).not.toHaveProperty('usage.table_full');
  expectConserved(scene);
});

test('events without a free row are counted as lost and charged to the rest', async () => {
  const slots = 256;
  await using scene = await openScene({ retentionMs: 0, mapMemoryBytes: await memoryFor(slots) });
  const idle = Array.from({ length: slots }, (_, i) => scene.makeCgroup(`idle-${i}`));
  expect(scene.usage()).toHaveLength(slots);
  expect(scene.lost()['usage.table_full']).toBeGreaterThan(0);
  const late = scene.makeCgroup('late');
  await using burner = await holdInside(late, [work, 'burn', '50', '2', '2', '500']);
  burner.go();
  await burner.prints('done');
  expect(() => scene.usageOf(late)).toThrow('no row');
  expect(scene.reserved('rest').cpu.oncpuNs / MS).toBeGreaterThan(50 * 2 * 2);
  expectConserved(scene);

  // When a row is free again, it gets one.
  for (const path of idle) rmdirSync(path);
  await reapAll(scene);
  await using second = await startInside(late, [work, 'burn', '50', '1', '1', '0']);
  await second.prints('done');
  expect(scene.usageOf(late).cpu.oncpuNs / MS).toBeGreaterThan(50);
  expectConserved(scene);
});

test('a slice that outlives its cgroup is not charged to the row’s next owner', async () => {
  const slots = 256;
  await using scene = await openScene({ retentionMs: 0, mapMemoryBytes: await memoryFor(slots) });
  const [home, refuge] = ['home', 'refuge'].map(scene.makeCgroup);
  if (home === undefined || refuge === undefined) throw new Error('no cgroups');
  // Real-time, so that its slice lasts.
  await using hog = await holdInside(home, ['chrt', '-f', '10', work, 'spin', '1']);
  hog.go();
  await hog.prints('spinning');
  await until('it to run', () => scene.usageOf(home).cpu.oncpuNs > 50 * MS);
  moveInto(refuge, hog.pid);
  rmdirSync(home);
  for (let opening = 0; opening < 4; opening++) scene.reap();
  const heirIds = new Set(
    Array.from({ length: slots }, (_, i) => statSync(scene.makeCgroup(`heir-${i}`)).ino),
  );
  const heirs = () => {
    const busy = scene.usage().filter(({ cpu }) => cpu.oncpuNs > 0 || sum(cpu.waitHistogram) > 0);
    return busy.filter(({ cgroupId }) => heirIds.has(cgroupId));
  };
  expect(heirs()).toEqual([]);
  await stop(hog.pid);
  expect(heirs()).toEqual([]);
  await reapAll(scene);
  expectConserved(scene);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

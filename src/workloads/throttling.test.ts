import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Throttling, throttledNsIn } from './throttling.ts';

const UNIT = '/system.slice/web.service';
const PATHS: Readonly<Record<number, string>> = { 5: UNIT, 6: `${UNIT}/worker`, 7: '/' };

let mount: string;
let throttling: Throttling;

beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'vigia-throttling-'));
  await mkdir(join(mount, UNIT), { recursive: true });
  throttling = new Throttling(mount);
});
afterEach(() => rm(mount, { recursive: true }));

const throttled = (microseconds: number, periods = 7) =>
  writeFile(
    join(mount, UNIT, 'cpu.stat'),
    `usage_usec 9\nnr_periods ${periods}\nthrottled_usec ${microseconds}\n`,
  );

async function read(waitNsById: Readonly<Record<number, number>>): Promise<number | undefined> {
  const waiting = Object.entries(waitNsById).map(([id, waitNs]) => ({
    cgroupId: Number(id),
    waitNs,
  }));
  return (await throttling.read(waiting, (id) => PATHS[id]))(UNIT);
}

test('a cgroup that waited is read', async () => {
  await throttled(40);
  expect(await read({ 5: 2e6 })).toBe(40_000);
});

test('one that hardly waited since is not read again, and keeps its figure', async () => {
  await throttled(40);
  await read({ 5: 2e6 });
  await throttled(90);
  expect(await read({ 5: 2.5e6 })).toBe(40_000);
  expect(await read({ 5: 3e6 })).toBe(90_000);
});

test("what waits in a nested cgroup is held back by the unit's quota", async () => {
  await throttled(40);
  expect(await read({ 5: 0, 6: 2e6 })).toBe(40_000);
});

test('without a controller, a file, or a place nothing is told', async () => {
  expect(await read({ 5: 2e6, 7: 2e6 })).toBeUndefined();
  await writeFile(join(mount, UNIT, 'cpu.stat'), 'usage_usec 9\n');
  expect(await read({ 5: 4e6 })).toBeUndefined();
});

test('one without a quota shows zero, and is looked at again only after a while', async () => {
  await throttled(0, 0);
  expect(await read({ 5: 2e6 })).toBe(0);
  await throttled(90);
  for (let tick = 1; tick < 12; tick++) expect(await read({ 5: 2e6 + tick * 2e6 })).toBe(0);
  expect(await read({ 5: 90e6 })).toBe(90_000);
});

test('a cgroup that is gone is forgotten', async () => {
  await throttled(40);
  await read({ 5: 2e6 });
  expect(await read({})).toBeUndefined();
});

describe('of more cgroups than a tick may read', () => {
  test('those that waited longest come first, the others at the next', async () => {
    const paths = Array.from({ length: 200 }, (_, i) => `/many/c${i}`);
    for (const path of paths) {
      await mkdir(join(mount, path), { recursive: true });
      await writeFile(join(mount, path, 'cpu.stat'), 'throttled_usec 1\n');
    }
    const waiting = paths.map((_, i) => ({ cgroupId: 100 + i, waitNs: (i + 1) * 2e6 }));
    const tick = async () => {
      const throttledNsOf = await throttling.read(waiting, (id) => paths[id - 100]);
      return paths.filter((path) => throttledNsOf(path) !== undefined);
    };
    expect(await tick()).toEqual(paths.slice(200 - 128));
    expect(await tick()).toEqual(paths);
  });
});

test('throttled_usec is found among the other lines', () => {
  expect(throttledNsIn('nr_throttled 3\nthrottled_usec 12\nburst_usec 0\n')).toBe(12_000);
  expect(throttledNsIn('usage_usec 12\n')).toBeUndefined();
  expect(throttledNsIn('')).toBeUndefined();
});

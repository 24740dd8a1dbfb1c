import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { compiled, holdInside, moveInto, stop, until } from '../../../lab/process/process.ts';
import {
  type Books,
  expectSameGrowth,
  readBooks,
  readEnclosed,
  TOLERANCE_MS,
  taskBooks,
} from '../../../lab/scene/books.ts';
import { findV1, makeV1 } from '../../../lab/scene/cgroup-v1.ts';
import { memoryFor, openScene, type Scene } from '../../../lab/scene/scene.ts';

const MS = 1e6;
const work = compiled('work');

const nothing: Books = { oursNs: 0, kernelsNs: 0 };

/** Two cgroups that a test moves processes between, and their usage before. */
function makeRooms(scene: Scene): { path: string; before: Books }[] {
  return ['old', 'new'].map((name) => {
    const path = scene.makeCgroup(name);
    return { path, before: readBooks(scene, path) };
  });
}

test('a moved process leaves its previous run time, and takes its further run time along', async () => {
  await using scene = await openScene();
  const [from, to] = makeRooms(scene);
  if (!from || !to) throw new Error('no rooms');
  await using hog = await holdInside(from.path, [work, 'spin', '2']);
  const before = readBooks(scene, from.path);
  hog.go();
  await hog.prints('spinning');
  await until('it to run', () => readBooks(scene, from.path).oursNs > before.oursNs + 300 * MS);
  const least = readBooks(scene, from.path);
  moveInto(to.path, hog.pid);
  const left = readBooks(scene, from.path);

  expect(left.oursNs).toBeGreaterThanOrEqual(least.oursNs);
  expectSameGrowth(before, left);
  // The rest of a split slice appears when it ends, which is soon even on an idle CPU.
  await until('it to run there', () => readBooks(scene, to.path).oursNs > 300 * MS);
  await stop(hog.pid);
  expectSameGrowth(to.before, readBooks(scene, to.path));
  expect(readBooks(scene, from.path)).toEqual(left);
});

test('a slice moved more than once is split by the run time in each cgroup', async () => {
  await using scene = await openScene();
  const rooms = makeRooms(scene);
  // No task of the fair class can preempt this thread.
  await using hog = await holdInside(rooms[0]?.path ?? '', ['chrt', '-f', '10', work, 'spin', '1']);
  const before = rooms.map(({ path }) => readBooks(scene, path));
  hog.go();
  await hog.prints('spinning');
  for (let move = 1; move <= 5; move++) {
    const ranNs = taskBooks(hog.pid).oncpuNs;
    await until('it to run', () => taskBooks(hog.pid).oncpuNs > ranNs + 30 * MS);
    moveInto(rooms[move % 2]?.path ?? '', hog.pid);
  }
  await stop(hog.pid);

  for (const [i, { path }] of rooms.entries())
    expect(expectSameGrowth(before[i] ?? nothing, readBooks(scene, path))).toBeGreaterThan(50);
});

test('a process moved back and forth is charged once for all run time, and no row decreases', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(256) });
  const rooms = makeRooms(scene);
  await using hog = await holdInside(rooms[0]?.path ?? '', [work, 'spin', '3']);
  const before = rooms.map(({ path }) => readBooks(scene, path));
  hog.go();
  await hog.prints('spinning');
  let last = rooms.map(() => 0);
  for (let move = 1; move <= 20; move++) {
    moveInto(rooms[move % 2]?.path ?? '', hog.pid);
    for (let reading = 0; reading < 10; reading++) {
      const now = rooms.map(({ path }) => readBooks(scene, path).oursNs);
      for (const [i, oursNs] of now.entries()) expect(oursNs).toBeGreaterThanOrEqual(last[i] ?? 0);
      last = now;
      await delay(3);
    }
  }
  await stop(hog.pid);

  for (const [i, { path }] of rooms.entries())
    expectSameGrowth(before[i] ?? nothing, readBooks(scene, path));
});

test('a move in a v1 hierarchy splits no slice', async ({ skip }) => {
  const mount = findV1();
  if (mount === undefined) return skip('no hierarchy of cgroup v1 is mounted here');
  using v1 = makeV1(mount);
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('hog');
  await using hog = await holdInside(cgroup, ['chrt', '-f', '10', work, 'spin', '1']);
  const before = readBooks(scene, cgroup);
  hog.go();
  await hog.prints('spinning');
  moveInto(v1.path, hog.pid);
  for (let oursNs = 0; oursNs < 200 * MS; await delay(10)) {
    const now = readEnclosed(scene, cgroup, before);
    expect(now.behindMs).toBeLessThan(TOLERANCE_MS);
    oursNs = now.oursNs;
  }
});

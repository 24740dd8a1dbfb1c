import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { compiled, cpuStatNs, holdInside, startInside } from '../../../lab/process/process.ts';
import {
  expectSameGrowth,
  readBooks,
  readEnclosed,
  TOLERANCE_MS,
  totalNs,
} from '../../../lab/scene/books.ts';
import { memoryFor, openScene } from '../../../lab/scene/scene.ts';

const MS = 1e6;
const work = compiled('work');
/** The first CPU, reserved for a program that must run alone. */
const alone = ['taskset', '-c', '0'];

test('processes and threads that burn and sleep for 10 s are charged as in cpu.stat', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('burner');
  await using burner = await holdInside(cgroup, [work, 'burn', '1700', '2', '3', '500']);
  const before = readBooks(scene, cgroup);
  burner.go();
  await burner.prints('done');
  const usedMs = expectSameGrowth(before, readBooks(scene, cgroup));

  expect(usedMs).toBeGreaterThan(1700 * 2 * 3);
  expect(usedMs).toBeLessThan(1700 * 2 * 3 * 1.1);
});

test('the children’s rows sum up to cpu.stat of their parent', async () => {
  await using scene = await openScene();
  const kinds = [
    ['nice', work, 'burn', '800', '1', '1', '0'],
    [work, 'burn', '400', '2', '2', '100'],
    [work, 'burn', '200', '5', '1', '2000'],
  ];
  const names = kinds.map((_, i) => scene.makeCgroup(`parent/child-${i}/inner`));
  await using stack = new AsyncDisposableStack();
  const programs = await Promise.all(
    kinds.map(async (command, i) => stack.use(await holdInside(names[i] ?? '', command))),
  );
  for (const program of programs) program.go();
  for (const program of programs) await program.prints('done');

  const parent = scene.makeCgroup('parent');
  const children = names.reduce((sum, name) => sum + scene.usageOf(name).cpu.oncpuNs, 0);
  expect(Math.abs(children - cpuStatNs(parent)) / MS).toBeLessThan(TOLERANCE_MS);
  expect(scene.usageOf(parent).cpu.oncpuNs).toBe(0);
  expect(Math.abs(totalNs(scene.usage()) - cpuStatNs(scene.cgroup)) / MS).toBeLessThan(
    TOLERANCE_MS,
  );
});

test.for([
  ['fair', [...alone]],
  ['real-time', [...alone, 'chrt', '-f', '10']],
] as const)('a %s busy loop that never yields is charged while it runs', async ([, how]) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('spinner');
  await using spinner = await holdInside(cgroup, [...how, work, 'spin', '1']);
  const before = readBooks(scene, cgroup);
  spinner.go();
  await spinner.prints('spinning');

  const readings = [readEnclosed(scene, cgroup, before)];
  while ((readings.at(-1)?.oursNs ?? 0) < 600 * MS) {
    await delay(10);
    readings.push(readEnclosed(scene, cgroup, before));
  }
  const late = readings.filter(({ behindMs }) => behindMs > TOLERANCE_MS);
  // If the machine hides a switch from tracepoints, a slice appears when it ends: see decision 2.
  expect(late.length).toBeLessThan(readings.length / 4);
  for (const [i, { oursNs, aheadMs }] of readings.entries()) {
    expect(aheadMs).toBeLessThan(TOLERANCE_MS);
    expect(oursNs).toBeGreaterThanOrEqual(readings[i - 1]?.oursNs ?? 0);
  }
});

test.for([
  ['fair', []],
  ['first-in first-out', ['chrt', '-f', '10']],
  ['round-robin', ['chrt', '-r', '10']],
  ['batch', ['chrt', '-b', '0']],
  ['idle', ['chrt', '-i', '0']],
  ['deadline', ['chrt', '-d', '-T', '2000000', '-P', '10000000', '-D', '10000000', '0']],
] as const)('a task of the %s class is charged what cpu.stat says', async ([name, how]) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('task');
  // A deadline task cannot create threads or children, and runs at most its reserved time.
  const load = name === 'deadline' ? ['150', '1', '1', '0'] : ['200', '2', '2', '300'];
  await using burner = await holdInside(cgroup, [...how, work, 'burn', ...load]);
  const before = readBooks(scene, cgroup);
  burner.go();
  await burner.prints('done');
  expect(expectSameGrowth(before, readBooks(scene, cgroup))).toBeGreaterThan(149);
});

test('no counter decreases while many processes switch', async () => {
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(256) });
  const commands = [
    [work, 'switch', '4'],
    [work, 'switch', '1'],
    [work, 'spin', '3'],
    [work, 'burn', '60000', '4', '2', '50'],
  ];
  await using stack = new AsyncDisposableStack();
  for (const [i, command] of commands.entries())
    stack.use(await startInside(scene.makeCgroup(`load-${i}`), ['nice', ...command]));

  const steps: string[] = [];
  let last: ReadonlyMap<number, readonly number[]> = new Map();
  for (let reading = 0; reading < 2000; reading++) {
    const rows = scene.usage().map(({ slot, cpu }) => {
      const { oncpuNs, waitNs, preemptions, waitHistogram } = cpu;
      return [slot, [oncpuNs, waitNs, preemptions, ...waitHistogram]] as const;
    });
    for (const [slot, counters] of rows) {
      const earlier = last.get(slot) ?? [];
      if (counters.some((counter, i) => counter < (earlier[i] ?? 0)))
        steps.push(`${reading}: ${earlier} -> ${counters}`);
    }
    last = new Map(rows);
  }
  expect(steps).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { emulator, runInside } from '../support/process.ts';
import { openScene } from '../support/scene.ts';

/** Long enough for a few dozen samples on two CPUs that are shared. */
const SECONDS = '3';
const THREADS = '4';
const LEAST_SAMPLES = 20;

async function footprintOf(kind: string): Promise<readonly (readonly number[])[]> {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup(kind);
  await runInside(cgroup, [emulator('fpu'), SECONDS, kind, THREADS]);
  const { preempted, slept } = scene.footprintOf(cgroup) ?? { preempted: [], slept: [] };
  return [preempted, slept];
}

/** Index: nearest, down, up, toward zero. */
const modesIn = (counts: readonly number[]) =>
  counts.flatMap((count, mode) => (count > 0 ? mode : []));
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe('threads that flush to zero are found in the rounding modes that they are in', () => {
  test.each([
    ['four', [0, 1, 2, 3]],
    ['restoring', [0, 1, 2, 3]],
    ['three', [0, 1, 2]],
    ['one', [3]],
    ['fast', [0]],
  ])('%s: %j', async (kind, modes) => {
    const [preempted = [], slept = []] = await footprintOf(kind);
    expect(modesIn(preempted)).toEqual(modes);
    expect(sum(preempted)).toBeGreaterThanOrEqual(LEAST_SAMPLES);
    // They never sleep: only the first sample of each thread is not known to follow a preemption.
    expect(sum(slept)).toBeLessThanOrEqual(2 * Number(THREADS));
  });
});

test.each(['interval', 'plain'])('threads that do not are not in the table: %s', async (kind) => {
  expect(await footprintOf(kind)).toEqual([[], []]);
});

test('who samples is told, and counts its runs', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('told');
  await runInside(cgroup, [emulator('fpu'), '1', 'fast', THREADS]);
  const command = Buffer.from(scene.footprintOf(cgroup)?.command ?? []).toString();
  expect(command).toMatch(/^emulated-fpu\0+$/);
  expect(scene.runs().sample_fpu).toBeGreaterThan(0);
});

test('a source that is switched off is not loaded', async () => {
  await using scene = await openScene({ mining: [] });
  const cgroup = scene.makeCgroup('unseen');
  await runInside(cgroup, [emulator('fpu'), '1', 'four', THREADS]);
  expect(scene.footprintOf(cgroup)).toBeUndefined();
  expect(scene.runs().sample_fpu).toBe(0);
});

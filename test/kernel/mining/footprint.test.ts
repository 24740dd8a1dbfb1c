import { describe, expect, test } from 'vitest';
import { runInside, startInside, until } from '../../../lab/process/process.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { emulator } from '../../../trials/mining/emulators/emulator.ts';

/** Longer than any test. An emulator is killed after enough samples. */
const LONG_SECONDS = '120';
const PATIENCE_MS = 60_000;
const THREADS = '4';
const LEAST_SAMPLES = 20;
/** Long enough for a dozen samples. */
const SECONDS = '3';

/** Index: nearest, down, up, toward zero. */
const modesIn = (counts: readonly number[]) =>
  counts.flatMap((count, mode) => (count > 0 ? mode : []));
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe('threads with flush-to-zero are detected in their rounding modes', () => {
  test.each([
    ['four', [0, 1, 2, 3]],
    ['restoring', [0, 1, 2, 3]],
    ['three', [0, 1, 2]],
    ['one', [3]],
    ['fast', [0]],
  ])('%s: %j', async (kind, modes) => {
    await using scene = await openScene();
    const cgroup = scene.makeCgroup(kind);
    await using _threads = await startInside(cgroup, [
      emulator('fpu'),
      LONG_SECONDS,
      kind,
      THREADS,
    ]);
    const { preempted, slept } = await until(
      `${LEAST_SAMPLES} samples in modes ${modes}`,
      () => enough(scene, cgroup, modes),
      PATIENCE_MS,
    );
    expect(modesIn(preempted)).toEqual(modes);
    // They never sleep. Only for the first sample of a thread, a preemption is not certain.
    expect(sum(slept)).toBeLessThanOrEqual(2 * Number(THREADS));
  });
});

/** The footprint, once it has enough samples after a preemption, in enough modes. */
function enough(scene: Scene, cgroup: string, modes: readonly number[]) {
  const footprint = scene.footprintOf(cgroup);
  if (!footprint || sum(footprint.preempted) < LEAST_SAMPLES) return undefined;
  return modesIn(footprint.preempted).length >= modes.length ? footprint : undefined;
}

test.each(['interval', 'plain'])('other threads are not in the table: %s', async (kind) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup(kind);
  await runInside(cgroup, [emulator('fpu'), SECONDS, kind, THREADS]);
  expect(scene.footprintOf(cgroup)).toBeUndefined();
});

test('the sampler is reported, with its number of runs', async () => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup('reported');
  await runInside(cgroup, [emulator('fpu'), '1', 'fast', THREADS]);
  const command = Buffer.from(scene.footprintOf(cgroup)?.command ?? []).toString();
  expect(command).toMatch(/^emulated-fpu\0+$/);
  expect(scene.runs().sample_fpu).toBeGreaterThan(0);
});

test('a disabled source is not loaded', async () => {
  await using scene = await openScene({ mining: [] });
  const cgroup = scene.makeCgroup('unseen');
  await runInside(cgroup, [emulator('fpu'), '1', 'four', THREADS]);
  expect(scene.footprintOf(cgroup)).toBeUndefined();
  expect(scene.runs().sample_fpu).toBe(0);
});

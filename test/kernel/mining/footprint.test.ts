import { describe, expect, test } from 'vitest';
import { runInside, startInside, until } from '../../../lab/process/process.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { emulator } from '../../../trials/mining/emulators/emulator.ts';

/** Longer than any test waits: an emulator is killed when enough was seen of it. */
const LONG_SECONDS = '120';
const PATIENCE_MS = 60_000;
const THREADS = '4';
const LEAST_SAMPLES = 20;
/** In which what is sampled at all would be, a dozen times. */
const SECONDS = '3';

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
    // They never sleep: only the first sample of each thread is not known to follow a preemption.
    expect(sum(slept)).toBeLessThanOrEqual(2 * Number(THREADS));
  });
});

/** The footprint, once it has enough samples after a preemption, in as many modes. */
function enough(scene: Scene, cgroup: string, modes: readonly number[]) {
  const footprint = scene.footprintOf(cgroup);
  if (!footprint || sum(footprint.preempted) < LEAST_SAMPLES) return undefined;
  return modesIn(footprint.preempted).length >= modes.length ? footprint : undefined;
}

test.each(['interval', 'plain'])('threads that do not are not in the table: %s', async (kind) => {
  await using scene = await openScene();
  const cgroup = scene.makeCgroup(kind);
  await runInside(cgroup, [emulator('fpu'), SECONDS, kind, THREADS]);
  expect(scene.footprintOf(cgroup)).toBeUndefined();
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

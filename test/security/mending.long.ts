import { expect, test } from 'vitest';
import { runInside } from '../../lab/process/process.ts';
import { expectMended, lose, partsOf } from '../../lab/scene/loss.ts';
import { openScene } from '../../lab/scene/scene.ts';

/** For every pin, so one load of all programs for each. */
const PATIENCE = { timeout: 900_000 };

test('any single lost part of a load is repaired by the next load', PATIENCE, async () => {
  await using scene = await openScene();
  const worker = scene.makeCgroup('worker');
  await runInside(worker, ['true']);
  const { bornNs } = scene.usageOf(worker);
  const parts = partsOf(scene);
  expect(parts.length).toBeGreaterThan(60);
  // Losing the maps of all programs also loses the counters.
  for (const part of [...parts.filter((each) => each !== 'version'), 'version']) {
    await lose(scene, part);
    const loaded = await expectMended(scene, part);
    if (part === 'version') expect(loaded).toBe('started');
    else expect([part, scene.usageOf(worker).bornNs]).toEqual([part, bornNs]);
  }
});

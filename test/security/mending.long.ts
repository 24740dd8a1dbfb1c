import { expect, test } from 'vitest';
import { runInside } from '../../lab/process/process.ts';
import { expectMended, lose, partsOf } from '../../lab/scene/loss.ts';
import { openScene } from '../../lab/scene/scene.ts';

/** Every pin there is, so a load of all programs for each. */
const PATIENCE = { timeout: 900_000 };

test('whatever single thing of a load is lost, the next load mends it', PATIENCE, async () => {
  await using scene = await openScene();
  const worker = scene.makeCgroup('worker');
  await runInside(worker, ['true']);
  const { bornNs } = scene.usageOf(worker);
  const parts = partsOf(scene);
  expect(parts.length).toBeGreaterThan(60);
  // With the maps of all programs go the counters.
  for (const part of [...parts.filter((each) => each !== 'version'), 'version']) {
    await lose(scene, part);
    const loaded = await expectMended(scene, part);
    if (part === 'version') expect(loaded).toBe('started');
    else expect([part, scene.usageOf(worker).bornNs]).toEqual([part, bornNs]);
  }
});

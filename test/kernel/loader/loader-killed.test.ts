import { expect, test } from 'vitest';
import {
  killBeforeSteps,
  SETTINGS,
  sweeper,
  takeOverAfterKills,
  undoAfterKills,
} from '../../../lab/scene/killed-loads.ts';
import { openScene } from '../../../lab/scene/scene.ts';
import { load, unload } from '../../../src/kernel/load/loader.ts';

/** Some thirty loads, of one second each on an idle machine. test-long kills before every step. */
const PATIENCE = { timeout: 900_000 };

test('a load that is killed before one of its steps is undone by an unload', PATIENCE, () =>
  undoAfterKills(5),
);

test('and repaired by the next load; previously loaded programs keep counting', PATIENCE, () =>
  takeOverAfterKills(7),
);

test(
  'an unload that is killed before any of its steps is completed by the next',
  PATIENCE,
  async () => {
    await using scene = await openScene(SETTINGS);
    const { sweep, leavesNoTrace } = sweeper(scene);
    const steps = await killBeforeSteps('unload', {
      optionsFor: () => scene.options,
      after: async () => {
        await sweep();
        await load(scene.bpftool, scene.options);
      },
    });
    expect(steps).toBeGreaterThan(3);
    await unload(scene.bpftool, scene.options);
    await leavesNoTrace();
  },
);

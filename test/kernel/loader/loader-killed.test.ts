import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownTemporaryDirectory } from '../../../lab/process/temporary.ts';
import {
  killBeforeSteps,
  SETTINGS,
  STEPS,
  takeOverAfterKills,
} from '../../../lab/scene/killed-loads.ts';
import { openScene, type Scene } from '../../../lab/scene/scene.ts';
import { leavesNoTrace, namesIn, pinnedBelow } from '../../../lab/scene/traces.ts';
import { load, unload } from '../../../src/kernel/load/loader.ts';

/** Over a hundred loads, of one second each on an idle machine. */
const PATIENCE = { timeout: 900_000 };

/** Collects the objects that loads leave, unloads, and finally checks that all of them are freed. */
function sweeper({ bpftool, options }: Scene) {
  const all = { prog: new Set<number>(), map: new Set<number>(), link: new Set<number>() };
  return {
    sweep: async () => {
      const pinned = await pinnedBelow(bpftool, options.bpffs);
      for (const kind of ['prog', 'map', 'link'] as const)
        for (const id of pinned[kind]) all[kind].add(id);
      await unload(bpftool, options);
      expect(existsSync(options.bpffs)).toBe(false);
    },
    leavesNoTrace: () =>
      leavesNoTrace(bpftool, options, {
        prog: [...all.prog],
        map: [...all.map],
        link: [...all.link],
      }),
  };
}

test('a load that is killed before any of its steps is undone by an unload', PATIENCE, async () => {
  using temporary = ownTemporaryDirectory();
  await using scene = await openScene({ mining: [], hasPackets: false });
  await unload(scene.bpftool, scene.options);
  const { sweep, leavesNoTrace } = sweeper(scene);
  const steps = await killBeforeSteps('load', { optionsFor: () => scene.options, after: sweep });
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  await leavesNoTrace();
  expect(await load(scene.bpftool, scene.options)).toBe('started');
  expect(namesIn(temporary.path)).toEqual([]);
});

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

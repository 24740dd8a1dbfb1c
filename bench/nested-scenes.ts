import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openScene, type Scene, type SceneSettings, sceneAt } from '../lab/scene/scene.ts';

export interface NestedScenes {
  readonly outer: Scene;
  /** Packets in its cgroup run the programs of both, its own first. */
  readonly inner: Scene;
}

/** Loads twice, the second time below the cgroup of the first, with separate maps. */
export async function openNestedScenes(
  stack: AsyncDisposableStack,
  settings: Readonly<Record<'outer' | 'inner', SceneSettings>>,
): Promise<NestedScenes> {
  const outer = stack.use(await openScene(settings.outer));
  const path = join(outer.cgroup, 'inner');
  mkdirSync(path);
  const inner = await sceneAt({
    ...outer.options,
    bpffs: `${outer.options.bpffs}-inner`,
    cgroup: { path, id: statSync(path).ino, level: outer.options.cgroup.level + 1 },
    ...settings.inner,
  });
  return { outer, inner: stack.use(inner) };
}

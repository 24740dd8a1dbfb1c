import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MiningSource } from '../src/core/mining-source.ts';
import { openScene, type Scene, sceneAt } from '../test/support/scene.ts';

/** What each of the two looks at for mining. */
export interface NestedMining {
  readonly outer: readonly MiningSource[];
  readonly inner: readonly MiningSource[];
}

export interface NestedScenes {
  readonly outer: Scene;
  /** What is sent within its cgroup runs the programs of both, its own first. */
  readonly inner: Scene;
}

/** Loads twice, the second time below the cgroup of the first, with maps of its own. */
export async function openNestedScenes(
  stack: AsyncDisposableStack,
  mining: NestedMining,
): Promise<NestedScenes> {
  const outer = stack.use(await openScene({ mining: mining.outer }));
  const path = join(outer.cgroup, 'inner');
  mkdirSync(path);
  const inner = await sceneAt({
    ...outer.options,
    bpffs: `${outer.options.bpffs}-inner`,
    cgroup: { path, id: statSync(path).ino, level: outer.options.cgroup.level + 1 },
    mining: mining.inner,
  });
  return { outer, inner: stack.use(inner) };
}

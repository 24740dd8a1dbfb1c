import { readdir, stat } from 'node:fs/promises';
import { relative } from 'node:path';

export interface CgroupTree {
  /** Mount point of the cgroup v2 hierarchy. */
  readonly mount: string;
  /** Directory of the observed cgroup: the mount, or below it. */
  readonly root: string;
}

/** Levels between the mount and the root. */
export function depthOf({ mount, root }: CgroupTree): number {
  return relative(mount, root).split('/').filter(Boolean).length;
}

/** Names of the direct children of a cgroup. */
export async function childrenOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

export interface WalkLimits {
  readonly depth: number;
  readonly cgroups: number;
}

/** Far above any node. Protects against users who create cgroups to fill the memory. */
const LIMITS: WalkLimits = { depth: 64, cgroups: 100_000 };
/** Directories read at once. libuv has four threads for files. */
const PARALLEL = 8;

interface Cgroup {
  /** Bytes, because a cgroup's name need not be UTF-8. */
  readonly directory: Buffer;
  readonly path: string;
}

/**
 * Cgroup id → path from the root of the hierarchy, for all cgroups at or below the observed root.
 * The id is the inode number of the directory. Skips cgroups that disappear during the walk.
 */
export async function walkCgroups(
  tree: CgroupTree,
  signal?: AbortSignal,
  limits: WalkLimits = LIMITS,
): Promise<ReadonlyMap<number, string>> {
  await stat(tree.root);
  const paths = new Map<number, string>();
  const below = relative(tree.mount, tree.root);
  let level: Cgroup[] = [
    { directory: Buffer.from(tree.root), path: below === '' ? '' : `/${below}` },
  ];
  for (let depth = 0; depth < limits.depth && level.length > 0; depth++) {
    const children: Cgroup[] = [];
    for (let at = 0; at < level.length && paths.size < limits.cgroups; at += PARALLEL) {
      signal?.throwIfAborted();
      const chunk = level.slice(at, at + PARALLEL);
      for (const visited of await Promise.all(chunk.map(visit))) {
        if (visited === undefined || paths.size >= limits.cgroups) continue;
        paths.set(visited.id, visited.path);
        for (const child of visited.children) children.push(child);
      }
    }
    level = children;
  }
  return paths;
}

interface Visited {
  readonly id: number;
  readonly path: string;
  readonly children: readonly Cgroup[];
}

async function visit({ directory, path }: Cgroup): Promise<Visited | undefined> {
  try {
    const { ino } = await stat(directory);
    return { id: ino, path: path === '' ? '/' : path, children: await below(directory, path) };
  } catch {
    return undefined;
  }
}

async function below(directory: Buffer, path: string): Promise<Cgroup[]> {
  const entries = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  const slash = Buffer.from('/');
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      directory: Buffer.concat([directory, slash, name]),
      path: `${path}/${name.toString('utf8')}`,
    }));
}

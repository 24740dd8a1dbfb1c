import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Bpftool } from '../../src/kernel/bpftool.ts';
import { attachedBelow } from '../../src/kernel/load/attachments.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { until } from '../process/process.ts';

const KINDS = ['prog', 'map', 'link'] as const;

/** Ids of pinned objects, by kind. */
export type Pinned = Readonly<Record<(typeof KINDS)[number], readonly number[]>>;

interface Shown {
  readonly id: number;
  readonly prog_id?: number;
  readonly pinned?: readonly string[];
}

/** Objects pinned below a directory; programs also through their links. */
export async function pinnedBelow(bpftool: Bpftool, directory: string): Promise<Pinned> {
  const find = async (kind: string): Promise<Shown[]> => {
    const shown = await bpftool.json<Shown[]>(['-f', kind, 'show']);
    return shown.filter(({ pinned }) => pinned?.some((path) => path.startsWith(`${directory}/`)));
  };
  const [programs, maps, links] = [await find('prog'), await find('map'), await find('link')];
  const linked = links.flatMap(({ prog_id }) => prog_id ?? []);
  return {
    prog: [...programs.map(({ id }) => id), ...linked],
    map: maps.map(({ id }) => id),
    link: links.map(({ id }) => id),
  };
}

/**
 * Waits until nothing of a load is left: pinned objects, the bpffs and its mount, attachments. The
 * kernel frees programs some time after their last user.
 */
export async function leavesNoTrace(
  bpftool: Bpftool,
  { bpffs, cgroup }: LoadOptions,
  were: Pinned,
): Promise<void> {
  await until('all that was loaded to be freed', async () => {
    const left = await Promise.all(KINDS.map((kind) => stillThere(bpftool, kind, were[kind])));
    return left.flat().length === 0;
  });
  const found = [
    ...(existsSync(bpffs) ? [bpffs] : []),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((mount) => mount.includes(bpffs)),
    ...(await attachedBelow(bpftool, cgroup.path)).map(({ name }) => name),
  ];
  if (found.length > 0) throw new Error(`left behind: ${found.join(', ')}`);
}

async function stillThere(
  bpftool: Bpftool,
  kind: string,
  ids: readonly number[],
): Promise<number[]> {
  const shown = await bpftool.json<Shown[]>([kind, 'show']);
  return shown.map(({ id }) => id).filter((id) => ids.includes(id));
}

/** Names in a directory; empty if it does not exist. */
export function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

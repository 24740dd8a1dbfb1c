import { join } from 'node:path';
import type { Bpftool } from '../bpftool.ts';
import { ensureDirectory } from '../files/own-directory.ts';
import type { Sizes } from '../machine.ts';
import { missingOf, readInventory } from './inventory.ts';
import { makeMap, mapShapes } from './map-shapes.ts';
import type { Version } from './pins.ts';
import { perform } from './step.ts';
import { pathsOf } from './version-paths.ts';

/** BPF_OBJ_NAME_LEN without the final zero: the kernel truncates names. */
const NAME_CHARACTERS = 15;

/**
 * Restores missing pins of maps. A map exists as long as a program uses it, and is found by its id
 * through the pinned programs, which needs CAP_SYS_ADMIN. A map that no program uses is created
 * again. Other maps stay missing.
 */
export async function pinLostMaps(
  bpftool: Bpftool,
  bpffs: string,
  version: Version,
  sizes: Sizes,
): Promise<void> {
  const inventory = await readInventory(bpffs, version);
  if (inventory === undefined) return;
  const missing = await missingOf(bpffs, version, inventory);
  const lost = new Map(
    (inventory.get('maps') ?? [])
      .filter((name) => missing.includes(join('maps', name)))
      .map((name) => [name.slice(0, NAME_CHARACTERS), name]),
  );
  if (lost.size === 0) return;
  const at = pathsOf(bpffs, version);
  await ensureDirectory(at.maps, { mode: 0o700 });
  for (const id of await mapsBelow(bpftool, at.root)) {
    const name = lost.get(await nameOf(bpftool, id));
    if (name === undefined) continue;
    await bpftool.run(['map', 'pin', 'id', String(id), join(at.maps, name)]);
    lost.delete(name.slice(0, NAME_CHARACTERS));
  }
  // A program without a pin may use the map.
  if (!missing.every((path) => path.startsWith('maps/'))) return;
  for (const shape of mapShapes(sizes))
    if ([...lost.values()].includes(shape.name)) await perform(makeMap(shape, at.maps), bpftool);
}

interface Shown {
  readonly id: number;
  /** Only for links. */
  readonly prog_id?: number;
  readonly map_ids?: readonly number[];
  readonly pinned?: readonly string[];
}

/** Ids of all maps used by programs pinned below a directory, directly or through a link. */
async function mapsBelow(bpftool: Bpftool, root: string): Promise<ReadonlySet<number>> {
  const isBelow = ({ pinned }: Shown) => pinned?.some((path) => path.startsWith(`${root}/`));
  const links = await bpftool.json<Shown[]>(['-f', 'link', 'show']);
  const linked = new Set(links.filter(isBelow).map(({ prog_id }) => prog_id));
  const programs = await bpftool.json<Shown[]>(['-f', 'prog', 'show']);
  const ours = programs.filter((program) => linked.has(program.id) || isBelow(program));
  return new Set(ours.flatMap(({ map_ids = [] }) => map_ids));
}

async function nameOf(bpftool: Bpftool, id: number): Promise<string> {
  type Named = { readonly name?: string };
  const { name = '' } = await bpftool
    .json<Named>(['map', 'show', 'id', String(id)])
    .catch((): Named => ({}));
  return name;
}

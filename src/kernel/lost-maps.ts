import { join } from 'node:path';
import type { Bpftool } from './bpftool.ts';
import { type Inventory, missingOf, readInventory } from './inventory.ts';
import { ensureDirectory } from './own-directory.ts';
import type { Version } from './pins.ts';
import { placesOf } from './places.ts';

/** BPF_OBJ_NAME_LEN without its end: what the kernel keeps of a name. */
const NAME_CHARACTERS = 15;

/**
 * Pins maps again whose pins are gone. They live on while a program uses them: each pinned one knows
 * its maps by id. Looking up by id needs CAP_SYS_ADMIN; what is not found stays missing.
 */
export async function pinLostMaps(
  bpftool: Bpftool,
  bpffs: string,
  version: Version,
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
  const at = placesOf(bpffs, version);
  await ensureDirectory(at.maps, { mode: 0o700 });
  for (const id of await usedMaps(bpftool, at.root, inventory)) {
    const name = lost.get(await nameOf(bpftool, id));
    if (name === undefined) continue;
    await bpftool.run(['map', 'pin', 'id', String(id), join(at.maps, name)]);
    lost.delete(name.slice(0, NAME_CHARACTERS));
  }
}

/** Ids of the maps of all programs of a version that are still pinned, by themselves or by a link. */
async function usedMaps(
  bpftool: Bpftool,
  root: string,
  inventory: Inventory,
): Promise<ReadonlySet<number>> {
  type Program = { readonly map_ids?: readonly number[] };
  const ids = new Set<number>();
  for (const [directory, names] of inventory)
    for (const name of directory === 'maps' ? [] : names) {
      const pin = join(root, directory, name);
      const which = await programAt(bpftool, pin);
      const { map_ids = [] } = await bpftool
        .json<Program>(['prog', 'show', ...which])
        .catch((): Program => ({}));
      for (const id of map_ids) ids.add(id);
    }
  return ids;
}

/** A pin of a program is that of its link where it attaches itself. */
async function programAt(bpftool: Bpftool, pin: string): Promise<string[]> {
  const link = await bpftool
    .json<{ readonly prog_id?: number }>(['link', 'show', 'pinned', pin])
    .catch((): { prog_id?: number } => ({}));
  return link.prog_id === undefined ? ['pinned', pin] : ['id', String(link.prog_id)];
}

async function nameOf(bpftool: Bpftool, id: number): Promise<string> {
  type Shown = { readonly name?: string };
  const { name = '' } = await bpftool
    .json<Shown>(['map', 'show', 'id', String(id)])
    .catch((): Shown => ({}));
  return name;
}

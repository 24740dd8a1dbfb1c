import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Version } from './pins.ts';
import type { Step } from './step.ts';
import { pathsOf } from './version-paths.ts';

/**
 * Names of pins, by directory below the version's: `maps`, `tables`, `programs/cpu`, … The text
 * format is `maps:control,usage_by_slot tables:usage`.
 */
export type Inventory = ReadonlyMap<string, readonly string[]>;

/** A bpffs has no regular files, so the list is the target of a link: at most 4,095 bytes. */
const MAX_BYTES = 4095;

/** The last step of a load: records its pins, so that the next load finds missing ones. */
export async function inventoryStep(bpffs: string, version: Version): Promise<Step> {
  const { root, inventory } = pathsOf(bpffs, version);
  const target = textOf(await pinsBelow(root));
  if (target.length > MAX_BYTES) {
    throw new Error(`the inventory has ${target.length} bytes; the limit is ${MAX_BYTES}`);
  }
  return { do: 'symlink', path: inventory, target };
}

/** The pins of a version. Undefined if its load was interrupted. */
export async function readInventory(
  bpffs: string,
  version: Version,
): Promise<Inventory | undefined> {
  const text = await readlink(pathsOf(bpffs, version).inventory).catch(() => undefined);
  return text === undefined ? undefined : parseInventory(text);
}

/** The missing pins, as paths below the version's directory. */
export async function missingOf(
  bpffs: string,
  version: Version,
  inventory: Inventory,
): Promise<string[]> {
  const { root } = pathsOf(bpffs, version);
  const missing: string[] = [];
  for (const [directory, names] of inventory)
    for (const name of names) {
      const stats = await lstat(join(root, directory, name)).catch(() => undefined);
      if (!stats?.isFile()) missing.push(join(directory, name));
    }
  return missing;
}

export function textOf(inventory: Inventory): string {
  return Array.from(inventory, ([directory, names]) => `${directory}:${names.join(',')}`).join(' ');
}

export function parseInventory(text: string): Inventory {
  return new Map(
    text.split(' ').map((entry) => {
      const [directory = '', names = ''] = entry.split(':');
      return [directory, names.split(',').filter((name) => name !== '')];
    }),
  );
}

async function pinsBelow(root: string, directory = ''): Promise<Inventory> {
  const entries = await readdir(join(root, directory), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const inventory = new Map<string, readonly string[]>();
  if (files.length > 0) inventory.set(directory, files.sort());
  for (const entry of entries.filter((each) => each.isDirectory()))
    for (const [below, names] of await pinsBelow(root, join(directory, entry.name)))
      inventory.set(below, names);
  return inventory;
}

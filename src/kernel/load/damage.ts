import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Bpftool } from '../bpftool.ts';
import { attachedTo, cgroupProgramIds, seesAttached } from './attachments.ts';
import { isUnfinished } from './counting.ts';
import { missingOf, readInventory } from './inventory.ts';
import type { LoadOptions } from './load-plan.ts';
import type { Version } from './pins.ts';
import { pathsOf } from './version-paths.ts';

/**
 * Names of the missing parts of a loaded version, for messages. Empty if it is complete, as far as
 * this process can see.
 */
export async function damageOf(
  bpftool: Bpftool,
  options: LoadOptions,
  version: Version,
): Promise<string[]> {
  const { bpffs } = options;
  const inventory = isUnfinished(bpffs, version) ? undefined : await readInventory(bpffs, version);
  if (inventory === undefined) return ['the last steps of its load'];
  const missing = await missingOf(bpffs, version, inventory);
  const tables = inventory.get('tables') ?? [];
  const present = tables.filter((name) => !missing.includes(join('tables', name)));
  return [
    ...missing,
    ...(await inaccessible(options, version, present)),
    ...(missing.length > 0 ? [] : await detached(bpftool, options, version)),
  ];
}

/** Files that the daemon's user cannot read, or that another user can. */
async function inaccessible(
  { bpffs, uid }: LoadOptions,
  version: Version,
  names: readonly string[],
): Promise<string[]> {
  const { root, tables } = pathsOf(bpffs, version);
  const found: string[] = [];
  for (const path of [root, tables]) {
    const stats = await lstat(path).catch(() => undefined);
    if (stats && (stats.mode & 0o777) !== 0o755)
      found.push(`the correct mode of ${basename(path)}`);
  }
  for (const name of names) {
    const table = await lstat(join(tables, name));
    const isHandedOver = table.uid === uid && (table.mode & 0o777) === 0o400;
    if (!isHandedOver) found.push(`the correct owner or mode of tables/${name}`);
  }
  return found;
}

async function detached(
  bpftool: Bpftool,
  { bpffs, cgroup }: LoadOptions,
  version: Version,
): Promise<string[]> {
  if (!seesAttached()) return [];
  const ids = await cgroupProgramIds(bpftool, bpffs, version);
  const attached = new Set((await attachedTo(bpftool, cgroup.path)).map(({ id }) => id));
  const count = [...ids].filter((id) => !attached.has(id)).length;
  return count === 0 ? [] : [`the attachment of ${count} programs`];
}

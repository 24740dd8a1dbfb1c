import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeBpffs } from '../bpffs.ts';
import { openWorkDirectory } from '../files/work-directory.ts';
import type { Sizes } from '../machine.ts';
import { provePackets } from '../proof/packet-proof.ts';
import { detach, orphansBelow } from './attachments.ts';
import { countingVersion } from './counting.ts';
import { inventoryStep } from './inventory.ts';
import { type LoadOptions, loadPlan, makeCurrent } from './load-plan.ts';
import { withConstants } from './object-file.ts';
import { compiledPath, constantsFor, OBJECTS } from './objects.ts';
import type { Version } from './pins.ts';
import { carryOut, carryOutAll, discard, type Work } from './work.ts';

/** A new version, and the one that counts until then. */
export interface Replacement {
  readonly options: LoadOptions;
  readonly sizes: Sizes;
  readonly before: Version | undefined;
  /** The version whose maps it inherits. */
  readonly heir: Version | undefined;
  readonly next: Version;
}

/** Loads the next version beside the counting one, then hands over. */
export async function replace(work: Work, replacement: Replacement): Promise<void> {
  const { options, sizes, before, heir, next } = replacement;
  try {
    await using directory = await openWorkDirectory();
    const from = { sizes, objects: directory.path, heir };
    await writeObjects(options, from.objects, constantsFor(options, sizes, next.generation));
    const { unattached, proven } = loadPlan(options, next, from);
    await both(
      options.hasPackets ? provePackets(work.bpftool, { ...options, sizes }) : undefined,
      carryOutAll(work, unattached),
    );
    const orphans = await orphansBelow(work.bpftool, options.cgroup.path);
    if (orphans.length > 0 && before === undefined)
      work.watcher.onRepair?.([`the pins of ${orphans.length} attached programs`]);
    await carryOutAll(work, [...orphans.map(detach), ...proven]);
    await carryOut(work, await inventoryStep(options.bpffs, next));
  } catch (error) {
    // The next load or unload removes anything that remains.
    await undo({ ...work, watcher: {} }, replacement).catch(() => {});
    throw error;
  }
}

/** Waits for both, so that no step is still running during an undo. */
async function both(
  ...work: readonly [Promise<unknown> | undefined, Promise<void>]
): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === 'rejected') throw result.reason;
}

/** Restores the previous state, unless the new version already counts. */
async function undo(work: Work, { before, next }: Replacement): Promise<void> {
  const { bpffs } = work.options;
  const counting = await countingVersion(work.bpftool, bpffs, { stale: [next] });
  if (counting) return;
  if (before) await carryOutAll(work, makeCurrent(bpffs, before));
  await discard(work, next);
  if (before === undefined) await removeBpffs(bpffs);
}

async function writeObjects(
  options: LoadOptions,
  directory: string,
  constants: Readonly<Record<string, number | bigint>>,
): Promise<void> {
  for (const name of OBJECTS) {
    const object = await readFile(compiledPath(options, name));
    await writeFile(join(directory, `${name}.bpf.o`), withConstants(object, constants));
  }
}

import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openBpffs, openIfBpffs, removeBpffs } from '../bpffs.ts';
import type { Bpftool } from '../bpftool.ts';
import { ensureDirectory } from '../files/own-directory.ts';
import { detach, orphansBelow, seesAttached } from './attachments.ts';
import { countingVersion } from './counting.ts';
import { damageOf } from './damage.ts';
import type { LoadOptions } from './load-plan.ts';
import { pinLostMaps } from './lost-maps.ts';
import { sizesFor } from './map-memory.ts';
import { CONSUMER_LOCK, readPins, type Version } from './pins.ts';
import { replace } from './replacement.ts';
import { allOf, heirOf, isSame, shares, wantedVersion } from './versions.ts';
import { carryOut, discard, type LoadWatcher, type UnloadOptions } from './work.ts';

export type { LoadWatcher, UnloadOptions } from './work.ts';

/** Effect of a load on the counters. */
export type Loaded =
  /** The same version was already loaded. */
  | 'unchanged'
  /** Nothing was loaded before. */
  | 'started'
  /** Another version with the same layout: the counters continue. */
  | 'taken over'
  /** A version with a different layout: the counters restart at zero. */
  | 'restarted';

/**
 * Loads, proves, attaches and pins all programs, and gives the tables to `uid`. A second load
 * changes nothing, except that it repairs missing parts. Remains of interrupted loads are removed.
 * The old version counts until the new one takes over. On failure it undoes its steps, and throws
 * BpftoolError with bpftool's output.
 */
export async function load(
  tool: Bpftool,
  options: LoadOptions,
  watcher: LoadWatcher = {},
): Promise<Loaded> {
  const { bpffs } = options;
  const sizes = await sizesFor(options.mapMemoryBytes, options);
  const wanted = await wantedVersion(options, sizes);
  await using lock = await openBpffs(bpffs);
  const bpftool = tool.keeping(lock.fd);
  const work = { bpftool, options, watcher };
  const pins = await readPins(bpffs);
  const { current } = pins;
  const isWanted = current !== undefined && isSame(current, wanted);
  const damage = isWanted ? await damageOf(bpftool, options, current) : [];
  for (const version of allOf(pins))
    if (seesAttached() && shares(version, wanted))
      await pinLostMaps(bpftool, bpffs, version, sizes);
  const counting = await countingVersion(bpftool, bpffs, pins);
  for (const version of pins.stale) if (version !== counting) await discard(work, version);
  const isComplete = isWanted && current === counting && damage.length === 0;
  const missing = current ? damage : await missingLink(bpffs, counting);
  if (await lacksConsumerLock(options, isComplete)) missing.push(CONSUMER_LOCK);
  if (missing.length > 0) watcher.onRepair?.(missing);
  if (isComplete) return 'unchanged';
  const generation = 1 + Math.max(0, ...allOf(pins).map((version) => version.generation));
  const before = counting ?? current;
  const heir = heirOf(options, before, wanted, sizes);
  await replace(work, { before, heir, sizes, options, next: { ...wanted, generation } });
  for (const version of new Set([current, counting])) if (version) await discard(work, version);
  if (before === undefined) return 'started';
  return heir ? 'taken over' : 'restarted';
}

/** The missing part if no version is current: the link, or its target. */
async function missingLink(bpffs: string, counting: Version | undefined): Promise<string[]> {
  if (counting) return ['current'];
  const target = await readlink(join(bpffs, 'current')).catch(() => undefined);
  return target === undefined ? [] : [target];
}

/** Creates the lock of the tables' user. True if it was missing from a complete load. */
async function lacksConsumerLock(
  { bpffs, uid }: LoadOptions,
  wasComplete: boolean,
): Promise<boolean> {
  const path = join(bpffs, CONSUMER_LOCK);
  const existed = existsSync(path);
  await ensureDirectory(path, { mode: 0o700, uid, gid: uid });
  return wasComplete && !existed;
}

/**
 * Removes all attachments, programs, maps and pins, and Vigia's own bpffs. Returns whether a
 * version was loaded. Without CAP_SYS_ADMIN it does not find programs of a lost bpffs, or below
 * other cgroups.
 */
export async function unload(
  tool: Bpftool,
  options: UnloadOptions,
  watcher: LoadWatcher = {},
): Promise<boolean> {
  await using lock = await openIfBpffs(options.bpffs);
  const bpftool = lock ? tool.keeping(lock.fd) : tool;
  const work = { bpftool, options, watcher };
  const versions = allOf(await readPins(options.bpffs));
  for (const version of versions) await discard(work, version);
  await carryOut(work, { do: 'remove', path: join(options.bpffs, 'proof') });
  for (const orphan of await orphansBelow(bpftool, options.cgroupMount))
    await carryOut(work, detach(orphan));
  await removeBpffs(options.bpffs);
  return versions.length > 0;
}

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

/** What a load did to the counters. */
export type Loaded =
  /** The same version was loaded already. */
  | 'unchanged'
  /** Nothing was loaded before. */
  | 'started'
  /** Another version with the same layout: the counters go on. */
  | 'taken over'
  /** Another version with another layout: the counters begin at zero. */
  | 'started afresh';

/**
 * Loads, proves, attaches and pins all programs, and hands the tables over to `uid`. Run twice it
 * changes nothing, unless it finds something missing, which it mends. What an interrupted load left
 * is removed. What counts goes on counting until the next version takes over. Throws BpftoolError
 * with bpftool's own words, and has then undone what it did.
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
  const isWhole = isWanted && current === counting && damage.length === 0;
  const lost = current ? damage : await lostLink(bpffs, counting);
  if (await lacksConsumerLock(options, isWhole)) lost.push(CONSUMER_LOCK);
  if (lost.length > 0) watcher.onMending?.(lost);
  if (isWhole) return 'unchanged';
  const generation = 1 + Math.max(0, ...allOf(pins).map((version) => version.generation));
  const before = counting ?? current;
  const heir = heirOf(options, before, wanted, sizes);
  await replace(work, { before, heir, sizes, options, next: { ...wanted, generation } });
  for (const version of new Set([current, counting])) if (version) await discard(work, version);
  if (before === undefined) return 'started';
  return heir ? 'taken over' : 'started afresh';
}

/** What is missing where no version is the current one: the link, or what it led to. */
async function lostLink(bpffs: string, counting: Version | undefined): Promise<string[]> {
  if (counting) return ['current'];
  const lost = await readlink(join(bpffs, 'current')).catch(() => undefined);
  return lost === undefined ? [] : [lost];
}

/** Sees to it that the user who may read the tables can lock them, too; true where that was lost. */
async function lacksConsumerLock({ bpffs, uid }: LoadOptions, wasWhole: boolean): Promise<boolean> {
  const path = join(bpffs, CONSUMER_LOCK);
  const wasThere = existsSync(path);
  await ensureDirectory(path, { mode: 0o700, uid, gid: uid });
  return wasWhole && !wasThere;
}

/**
 * Removes every trace: attachments, programs, maps, pins, and the bpffs if it was our own. Without
 * CAP_SYS_ADMIN what a lost bpffs left, or a load below another cgroup, is not found.
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

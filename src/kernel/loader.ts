import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attachedBelow,
  attachedTo,
  cgroupPins,
  cgroupProgramIds,
  detach,
  detachPinned,
  orphansBelow,
  seesAttached,
} from './attachments.ts';
import { ensureBpffs, removeBpffs } from './bpffs.ts';
import type { Bpftool } from './bpftool.ts';
import { countingVersion, isUnfinished } from './counting.ts';
import { type LoadOptions, layoutOf, loadSteps, makeCurrent } from './load-plan.ts';
import { exclusively } from './lock.ts';
import { connectionMapName, type Sizes, sizesFor } from './map-shapes.ts';
import { withConstants } from './object-file.ts';
import { compiledPath, constantsFor, OBJECTS } from './objects.ts';
import { provePackets } from './packet-proof.ts';
import { type Pins, readPins, type Version } from './pins.ts';
import { placesOf } from './places.ts';
import { perform, type Step } from './step.ts';
import { openWorkDirectory } from './work-directory.ts';

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

/** For those who watch. What it throws ends the load, which then undoes what it did. */
export interface LoadWatcher {
  readonly beforeStep?: (step: Step) => void;
  /** A part that this kernel refused, and that the rest does without. */
  readonly onWithout?: (what: string, error: unknown) => void;
}

/** Where it was loaded. */
export interface UnloadOptions extends Pick<LoadOptions, 'bpffs' | 'cgroupMount'> {
  readonly cgroup: Pick<LoadOptions['cgroup'], 'path'>;
}

/** What a load or an unload works with. */
interface Work {
  readonly bpftool: Bpftool;
  readonly options: UnloadOptions;
  readonly watcher: LoadWatcher;
}

/**
 * Loads, proves, attaches and pins all programs, and hands the tables over to `uid`. Run twice it
 * changes nothing; what an interrupted load left is removed. What counts goes on counting until the
 * next version takes over. Throws BpftoolError with bpftool's own words, and has then undone what it
 * did.
 */
export async function load(
  bpftool: Bpftool,
  options: LoadOptions,
  watcher: LoadWatcher = {},
): Promise<Loaded> {
  await using _ = await exclusively(`load:${options.bpffs}`, 'another load is under way');
  const work = { bpftool, options, watcher };
  const sizes = await sizesFor(options.mapMemoryBytes, options);
  const wanted = await wantedVersion(options, sizes);
  await ensureBpffs(options.bpffs);
  const pins = await readPins(options.bpffs);
  const counting = await countingVersion(bpftool, options.bpffs, pins);
  for (const version of pins.stale) if (version !== counting) await discard(work, version);
  const { current } = pins;
  if (current && current === counting && isSame(current, wanted) && (await isWhole(work, current)))
    return 'unchanged';
  const generation = 1 + Math.max(0, ...allOf(pins).map((version) => version.generation));
  const before = counting ?? current;
  const heir = heirOf(options, before, wanted);
  await replace(work, { before, heir, sizes, options, next: { ...wanted, generation } });
  for (const version of new Set([current, counting])) if (version) await discard(work, version);
  if (before === undefined) return 'started';
  return heir ? 'taken over' : 'started afresh';
}

/**
 * Removes every trace: attachments, programs, maps, pins, and the bpffs if it was our own. Without
 * CAP_SYS_ADMIN what a lost bpffs left, or a load below another cgroup, is not found.
 */
export async function unload(
  bpftool: Bpftool,
  options: UnloadOptions,
  watcher: LoadWatcher = {},
): Promise<boolean> {
  await using _ = await exclusively(`load:${options.bpffs}`, 'a load is under way');
  const work = { bpftool, options, watcher };
  const versions = allOf(await readPins(options.bpffs));
  for (const version of versions) await discard(work, version);
  await carryOut(work, { do: 'remove', path: join(options.bpffs, 'proof') });
  for (const orphan of await orphansBelow(bpftool, options.cgroupMount))
    await carryOut(work, detach(orphan));
  await removeBpffs(options.bpffs);
  return versions.length > 0;
}

async function carryOut({ bpftool, watcher }: Work, step: Step): Promise<void> {
  watcher.beforeStep?.(step);
  try {
    await perform(step, bpftool);
  } catch (error) {
    if (step.do !== 'bpftool' || step.without === undefined) throw error;
    watcher.onWithout?.(step.without, error);
  }
}

function allOf({ current, stale }: Pins): Version[] {
  return current ? [current, ...stale] : [...stale];
}

function isSame(one: Version, other: Version): boolean {
  return one.build === other.build && shares(one, other);
}

function shares(one: Version, other: Version): boolean {
  return one.layout === other.layout && one.slots === other.slots;
}

/** Whose maps the wanted version takes over, if it can. */
function heirOf(
  { bpffs, hasSocketStorage }: LoadOptions,
  before: Version | undefined,
  wanted: Version,
): Version | undefined {
  if (!before || !shares(before, wanted)) return undefined;
  // Where it was loaded for another kernel, connections are kept in another way.
  const connections = join(placesOf(bpffs, before).maps, connectionMapName(hasSocketStorage));
  return existsSync(connections) ? before : undefined;
}

async function wantedVersion(options: LoadOptions, sizes: Sizes): Promise<Version> {
  const build = createHash('sha256').update(
    JSON.stringify([options.cgroup, options.uid, options.hasPackets, options.mining]),
  );
  for (const [name, value] of Object.entries(constantsFor(options, sizes, 0)))
    build.update(`${name}=${value};`);
  for (const object of OBJECTS) build.update(await readFile(compiledPath(options, object)));
  const digest = build.digest('hex').slice(0, 8);
  return { generation: 0, layout: layoutOf(sizes), build: digest, slots: sizes.slots };
}

/** Whether a version was loaded to the end, and is still attached as far as that can be told. */
async function isWhole({ bpftool, options }: Work, version: Version): Promise<boolean> {
  if (isUnfinished(options.bpffs, version)) return false;
  if (!seesAttached()) return true;
  const ids = await cgroupProgramIds(bpftool, options.bpffs, version);
  const attached = (await attachedTo(bpftool, options.cgroup.path)).filter(({ id }) => ids.has(id));
  return attached.length === ids.size;
}

interface Replacement {
  readonly options: LoadOptions;
  readonly sizes: Sizes;
  readonly before: Version | undefined;
  readonly heir: Version | undefined;
  readonly next: Version;
}

/** Loads the next version beside the one that counts, and hands the counting over. */
async function replace(work: Work, replacement: Replacement): Promise<void> {
  const { options, sizes, heir, next } = replacement;
  await using directory = await openWorkDirectory();
  const from = { sizes, objects: directory.path, heir };
  try {
    await writeObjects(options, from.objects, constantsFor(options, sizes, next.generation));
    if (options.hasPackets) await provePackets(work.bpftool, { ...options, sizes });
    for (const orphan of await orphansBelow(work.bpftool, options.cgroup.path))
      await carryOut(work, detach(orphan));
    for (const step of loadSteps(options, next, from)) await carryOut(work, step);
  } catch (error) {
    // What is not undone here, the next load or unload undoes.
    await undo({ ...work, watcher: {} }, replacement).catch(() => {});
    throw error;
  }
}

/** Leaves what was there before; but a version that counts already stays. */
async function undo(work: Work, { before, next }: Replacement): Promise<void> {
  const { bpffs } = work.options;
  const counting = await countingVersion(work.bpftool, bpffs, { stale: [next] });
  if (counting) return;
  if (before) for (const step of makeCurrent(bpffs, before)) await carryOut(work, step);
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

/** Detaches a version wherever it is attached, then removes its pins. */
async function discard(work: Work, version: Version): Promise<void> {
  const { bpffs, cgroup, cgroupMount } = work.options;
  if (seesAttached()) {
    const ids = await cgroupProgramIds(work.bpftool, bpffs, version);
    const attached = ids.size > 0 ? await attachedBelow(work.bpftool, cgroupMount) : [];
    for (const each of attached.filter(({ id }) => ids.has(id))) await carryOut(work, detach(each));
  } else {
    await detachPinned(work.bpftool, cgroup.path, cgroupPins(bpffs, version));
  }
  await carryOut(work, { do: 'remove', path: placesOf(bpffs, version).root });
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sizes } from '../machine.ts';
import { connectionMapName } from '../tables/catalog.ts';
import { type LoadOptions, layoutOf } from './load-plan.ts';
import { mapShapes } from './map-shapes.ts';
import { compiledPath, constantsFor, OBJECTS } from './objects.ts';
import type { Pins, Version } from './pins.ts';
import { pathsOf } from './version-paths.ts';

/** Must change if a load creates other files besides its programs, maps and tables. */
const FORM = 2;

/** The version that a load with these options creates, without its generation. */
export async function wantedVersion(options: LoadOptions, sizes: Sizes): Promise<Version> {
  const { cgroup, uid, hasPackets, mining } = options;
  const build = createHash('sha256').update(
    JSON.stringify([FORM, cgroup, uid, hasPackets, mining]),
  );
  for (const [name, value] of Object.entries(constantsFor(options, sizes, 0)))
    build.update(`${name}=${value};`);
  for (const object of OBJECTS) build.update(await readFile(compiledPath(options, object)));
  const digest = build.digest('hex').slice(0, 8);
  return { generation: 0, layout: layoutOf(sizes), build: digest, slots: sizes.slots };
}

export function allOf({ current, stale }: Pins): Version[] {
  return current ? [current, ...stale] : [...stale];
}

export function isSame(one: Version, other: Version): boolean {
  return one.build === other.build && shares(one, other);
}

export function shares(one: Version, other: Version): boolean {
  return one.layout === other.layout && one.slots === other.slots;
}

/** The version whose maps can be inherited: it has the same layout, and all maps exist. */
export function heirOf(
  { bpffs, hasSocketStorage }: LoadOptions,
  before: Version | undefined,
  wanted: Version,
  sizes: Sizes,
): Version | undefined {
  if (!before || !shares(before, wanted)) return undefined;
  // A load for another kernel stores connections in another map.
  const names = [...mapShapes(sizes).map(({ name }) => name), connectionMapName(hasSocketStorage)];
  const { maps } = pathsOf(bpffs, before);
  return names.every((name) => existsSync(join(maps, name))) ? before : undefined;
}

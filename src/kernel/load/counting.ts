import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bpftool } from '../bpftool.ts';
import type { Pins, Version } from './pins.ts';
import { placesOf } from './version-paths.ts';

/**
 * The version whose programs act: the current one, or the one before it where a load was cut short
 * just before its last steps.
 */
export async function countingVersion(
  bpftool: Bpftool,
  bpffs: string,
  { current, stale }: Pins,
): Promise<Version | undefined> {
  for (const version of current ? [current, ...stale] : stale)
    if ((await actingGeneration(bpftool, bpffs, version)) === version.generation) return version;
  return undefined;
}

/** What `control` says of the maps of a version; undefined where a load did not come that far. */
async function actingGeneration(
  bpftool: Bpftool,
  bpffs: string,
  version: Version,
): Promise<number | undefined> {
  const { control } = placesOf(bpffs, version);
  if (!existsSync(control)) return undefined;
  const lookup = ['map', 'lookup', 'pinned', control, 'key', ...'0000'];
  const { value } = await bpftool.json<{ value: string[] }>(lookup);
  return Buffer.from(value.map(Number)).readUInt32LE();
}

/** Whether a load ended before its last step, which removes what is needed only once. */
export function isUnfinished(bpffs: string, version: Version): boolean {
  return existsSync(join(placesOf(bpffs, version).programs, 'cgroup', 'adopt'));
}

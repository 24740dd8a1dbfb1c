import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bpftool } from '../bpftool.ts';
import type { Pins, Version } from './pins.ts';
import { pathsOf } from './version-paths.ts';

/**
 * The version whose programs count: the current one, or the previous one if a load was interrupted
 * before its last steps.
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

/** The generation in the `control` map of a version. Undefined if its load did not get that far. */
async function actingGeneration(
  bpftool: Bpftool,
  bpffs: string,
  version: Version,
): Promise<number | undefined> {
  const { control } = pathsOf(bpffs, version);
  return existsSync(control) ? await generationIn(bpftool, control) : undefined;
}

/** The counting generation, from a pinned `control` map. */
export async function generationIn(bpftool: Bpftool, control: string): Promise<number> {
  const lookup = ['map', 'lookup', 'pinned', control, 'key', ...'0000'];
  const { value } = await bpftool.json<{ value: string[] }>(lookup);
  return Buffer.from(value.map(Number)).readUInt32LE();
}

/** Whether a load was interrupted: its last step removes the programs that run only once. */
export function isUnfinished(bpffs: string, version: Version): boolean {
  return existsSync(join(pathsOf(bpffs, version).programs, 'cgroup', 'adopt'));
}

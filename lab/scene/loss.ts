import { type Dirent, readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { load } from '../../src/kernel/load/loader.ts';
import { decodeReading, KernelTables } from '../../src/kernel/tables/kernel-tables.ts';
import type { Scene } from './scene.ts';

/** Everything a load creates, as paths below the directory of the pins. The version is `current`. */
export function partsOf({ options: { bpffs } }: Scene): string[] {
  const root = join(bpffs, 'current/');
  const inside = readdirSync(root, { recursive: true, withFileTypes: true });
  const isEmpty = (entry: Dirent) => entry.isDirectory() && readdirSync(pathOf(entry)).length === 0;
  const paths = inside
    .filter((entry) => !isEmpty(entry))
    .map((each) => relative(root, pathOf(each)));
  return ['current', 'version', 'consumer-lock', 'load-lock', ...paths];
}

function pathOf({ parentPath, name }: Dirent): string {
  return join(parentPath, name);
}

/** Removes one part, as root. */
export async function lose({ options: { bpffs } }: Scene, part: string): Promise<void> {
  const version = readlinkSync(join(bpffs, 'current'));
  const own = ['current', 'consumer-lock', 'load-lock'].includes(part);
  const path = part === 'version' ? join(bpffs, version) : join(bpffs, own ? '' : version, part);
  await rm(path, { recursive: true });
}

/**
 * Expects that a load reports the missing part, or its parent, that a tick works afterwards, and
 * that the next load changes nothing. Returns the effect on the counters.
 */
export async function expectMended(scene: Scene, part: string): Promise<string> {
  const { bpftool, options } = scene;
  const lost: string[] = [];
  const onRepair = (what: readonly string[]) => void lost.push(...what);
  const loaded = await load(bpftool, options, { onRepair });
  // Each load creates its own lock and does not report it.
  if (part !== 'load-lock') expect([part, lost.join(' ')]).toEqual([part, wordsFor(part)]);
  const tables = new KernelTables(options.bpffs);
  expect(Array.from(decodeReading(await tables.read()).usage).length).toBeGreaterThan(0);
  await tables.acknowledge();
  expect(await load(bpftool, options)).toBe('unchanged');
  return loaded;
}

function wordsFor(part: string): unknown {
  if (part === 'version') return expect.stringMatching(/^g\d+-/);
  if (part === 'inventory') return 'the last steps of its load';
  return expect.stringContaining(part);
}

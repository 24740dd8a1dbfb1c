import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The directory of the pins belongs to another program, or cannot be created. */
export class PinsError extends Error {
  override readonly name = 'PinsError';
}

/**
 * A loaded version, encoded in the name of its directory: the generation of its programs, the
 * layout of its maps, a hash of its build and settings, and the number of usage rows.
 */
export interface Version {
  readonly generation: number;
  readonly layout: string;
  readonly build: string;
  readonly slots: number;
}

/** The versions in the directory of the pins. */
export interface Pins {
  readonly current?: Version;
  /** All others, left by an interrupted load or unload. */
  readonly stale: readonly Version[];
}

/** Held by a load or an unload. */
export const LOAD_LOCK = 'load-lock';
/** Held by the daemon that reads and acknowledges the tables. */
export const CONSUMER_LOCK = 'consumer-lock';

/** Other names in the directory: links to a version, temporary pins, and last the locks. */
export const OURS: readonly string[] = [
  'current',
  'next',
  'proof',
  'probe',
  CONSUMER_LOCK,
  LOAD_LOCK,
];

/** The kernel creates these in a new bpffs. */
const KERNEL_NAMES = ['maps.debug', 'progs.debug'];

const KNOWN: ReadonlySet<string> = new Set([...OURS, ...KERNEL_NAMES]);

const NAME = /^g(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)$/;

export function versionName({ generation, layout, build, slots }: Version): string {
  return `g${generation}-${layout}-${build}-${slots}`;
}

export function parseVersion(name: string): Version | undefined {
  const [, generation, layout, build, slots] = NAME.exec(name) ?? [];
  if (layout === undefined || build === undefined) return undefined;
  return { generation: Number(generation), layout, build, slots: Number(slots) };
}

/** Whether Vigia or the kernel creates this name in the directory of the pins. */
export function isKnown(name: string): boolean {
  return KNOWN.has(name) || parseVersion(name) !== undefined;
}

/** Reads the directory of the pins, which may be missing. Throws on names of other programs. */
export async function readPins(bpffs: string): Promise<Pins> {
  const names = await readdir(bpffs).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const foreign = names.find((name) => !isKnown(name));
  if (foreign !== undefined)
    throw new PinsError(
      `${join(bpffs, foreign)} belongs to another program: choose another --bpffs`,
    );
  const link = names.includes('current') ? await readlink(join(bpffs, 'current')) : '';
  const versions = names.map(parseVersion).filter((version) => version !== undefined);
  const current = versions.find((version) => versionName(version) === link);
  return { stale: versions.filter((version) => version !== current), ...(current && { current }) };
}

import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The directory of the pins is not one that we made. */
export class PinsError extends Error {
  override readonly name = 'PinsError';
}

/**
 * One loaded version, as the name of its directory tells: the generation that its programs carry,
 * the layout of its maps, the build and settings it was made from, the rows of its usage table.
 */
export interface Version {
  readonly generation: number;
  readonly layout: string;
  readonly build: string;
  readonly slots: number;
}

/** What lies below the directory of the pins. */
export interface Pins {
  readonly current?: Version;
  /** All but the current one: left by a load that was cut short, or an unload that was. */
  readonly stale: readonly Version[];
}

/** Held by who loads or unloads. */
export const LOAD_LOCK = 'load-lock';
/** Held by who reads the tables and acknowledges. */
export const CONSUMER_LOCK = 'consumer-lock';

/** Beside the versions: links to one, places to try programs at, and at last the locks. */
export const OURS: readonly string[] = [
  'current',
  'next',
  'proof',
  'probe',
  CONSUMER_LOCK,
  LOAD_LOCK,
];

/** The kernel puts these into a new bpffs. */
const KERNELS = ['maps.debug', 'progs.debug'];

const KNOWN: ReadonlySet<string> = new Set([...OURS, ...KERNELS]);

const NAME = /^g(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)$/;

export function versionName({ generation, layout, build, slots }: Version): string {
  return `g${generation}-${layout}-${build}-${slots}`;
}

export function parseVersion(name: string): Version | undefined {
  const [, generation, layout, build, slots] = NAME.exec(name) ?? [];
  if (layout === undefined || build === undefined) return undefined;
  return { generation: Number(generation), layout, build, slots: Number(slots) };
}

/** Whether a name in the directory of the pins is one that a load, or the kernel, makes. */
export function isKnown(name: string): boolean {
  return KNOWN.has(name) || parseVersion(name) !== undefined;
}

/** Reads the directory of the pins; empty where there is none. Throws on what is not ours. */
export async function readPins(bpffs: string): Promise<Pins> {
  const names = await readdir(bpffs).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const foreign = names.find((name) => !isKnown(name));
  if (foreign !== undefined)
    throw new PinsError(`${join(bpffs, foreign)} is not Vigia's: choose another --bpffs`);
  const link = names.includes('current') ? await readlink(join(bpffs, 'current')) : '';
  const versions = names.map(parseVersion).filter((version) => version !== undefined);
  const current = versions.find((version) => versionName(version) === link);
  return { stale: versions.filter((version) => version !== current), ...(current && { current }) };
}

import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { jsonText } from '../../core/text/safe-text.ts';
import { setMode } from '../files/handle.ts';
import { makeMissing } from '../files/own-directory.ts';
import { type PathUse, requireSafePath } from '../files/safe-path.ts';
import { TABLE_NAMES } from './catalog.ts';
import type { RawTables } from './kernel-tables.ts';
import {
  INDEX,
  parseIndex,
  TAPE_FORMAT,
  TapeError,
  type TapeIndex,
  type TapeTick,
  tapeFile,
  tickNumber,
} from './tape-format.ts';
import { LAYOUT_HASH } from './wire.gen.ts';

/** The recorded data of one tick. */
export interface TickRecord extends RawTables {
  /** Packed rows. */
  readonly path: Uint8Array;
  /** Cgroup id → path, from a walk of the cgroup tree. */
  readonly paths: ReadonlyMap<number, string>;
}

const TEMPORARY = '.part';

/** May be created in a directory like /tmp, but privately: it has command lines and payload. */
const USE: PathUse = { remedy: 'choose another directory', mayBeginIn: async () => true };
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Writes ticks to a directory, up to a maximum size. Continues an existing tape. Only the owner can
 * read the directory, regardless of the umask.
 */
export class TapeRecorder {
  readonly #directory: string;
  readonly #maxBytes: number;
  #bytes: number;
  #nextTick: number;
  #pathsText = '';
  #pathsOfTick = 0;

  private constructor(directory: string, maxBytes: number, bytes: number, nextTick: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#bytes = bytes;
    this.#nextTick = nextTick;
  }

  static async open(
    directory: string,
    about: Pick<TapeIndex, 'version' | 'intervalMs' | 'nodeName'>,
    maxBytes: number,
  ): Promise<TapeRecorder> {
    await makeDirectory(directory);
    const names = await readdir(directory);
    if (names.length > 0) await requireTape(directory, names, about.intervalMs);
    const kept = names.filter((name) => !name.endsWith(TEMPORARY));
    for (const name of names) if (!kept.includes(name)) await rm(join(directory, name));
    const sizes = await Promise.all(kept.map((name) => lstat(join(directory, name))));
    await makePrivate(directory, kept);
    const bytes = sizes.reduce((total, { size }) => total + size, 0);
    const last = Math.max(0, ...kept.map((name) => tickNumber(name) ?? 0));
    const recorder = new TapeRecorder(directory, maxBytes, bytes, last + 1);
    const index: TapeIndex = { format: TAPE_FORMAT, layout: LAYOUT_HASH, ...about };
    if (names.length === 0) await recorder.#write(INDEX, `${jsonText(index, 2)}\n`);
    return recorder;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns false and writes nothing if the tape would exceed its maximum size. */
  async record(record: TickRecord): Promise<boolean> {
    const pathsText = jsonText(Object.fromEntries(record.paths));
    const isNewTree = pathsText !== this.#pathsText;
    const tick = this.#nextTick;
    const closing = closingText(record, isNewTree ? tick : this.#pathsOfTick);
    const files: (readonly [string, string | Uint8Array])[] = TABLE_NAMES.map((table) => [
      tapeFile(tick, table),
      record[table],
    ]);
    if (isNewTree) files.push([tapeFile(tick, 'paths.json'), pathsText]);
    files.push([tapeFile(tick, 'json'), closing]);
    const added = files.reduce((total, [, content]) => total + Buffer.byteLength(content), 0);
    if (this.#bytes + added > this.#maxBytes) return false;
    for (const [name, content] of files) await this.#write(name, content);
    if (isNewTree) [this.#pathsText, this.#pathsOfTick] = [pathsText, tick];
    this.#nextTick++;
    return true;
  }

  /** Writes atomically. */
  async #write(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.#directory, name);
    await writeFile(path + TEMPORARY, content, { flag: 'wx', mode: FILE_MODE });
    await rename(path + TEMPORARY, path);
    this.#bytes += Buffer.byteLength(content);
  }
}

/** Throws PathError if another user could redirect the path. */
async function makeDirectory(directory: string): Promise<void> {
  const path = resolve(directory);
  await requireSafePath(path, USE);
  await makeMissing(dirname(path));
  await mkdir(path, { mode: DIRECTORY_MODE }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await requireSafePath(path, USE);
}

/** Removes access of other users to an existing directory. */
async function makePrivate(directory: string, names: readonly string[]): Promise<void> {
  await setMode(directory, DIRECTORY_MODE);
  for (const name of names) await setMode(join(directory, name), FILE_MODE);
}

function closingText(record: TickRecord, pathsOfTick: number): string {
  const { wallMs, monotonicNs, maxCgroups, hasPackets } = record;
  const sizes = TABLE_NAMES.map((table) => [table, record[table].length]);
  const bytes = Object.fromEntries(sizes) as TapeTick['bytes'];
  const tick: TapeTick = { wallMs, monotonicNs, maxCgroups, hasPackets, bytes, pathsOfTick };
  return `${jsonText(tick)}\n`;
}

async function requireTape(
  directory: string,
  names: readonly string[],
  intervalMs: number,
): Promise<void> {
  const path = join(directory, INDEX);
  if (!names.includes(INDEX)) {
    throw new TapeError(
      `${directory}: not empty, and not a tape (${names[0]}); choose another directory`,
    );
  }
  const index = parseIndex(await readFile(path, 'utf8'), path);
  if (index.intervalMs !== intervalMs) {
    throw new TapeError(
      `${path}: this tape has a tick every ${index.intervalMs} ms; continue it with ` +
        `--interval=${index.intervalMs}ms, or choose another directory`,
    );
  }
}

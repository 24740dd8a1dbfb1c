import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TABLE_NAMES, type TableName } from './catalog.ts';
import {
  INDEX,
  parseIndex,
  parsePaths,
  parseTick,
  TapeError,
  type TapeIndex,
  tapeFile,
  tickNumber,
} from './tape-format.ts';
import type { TickRecord } from './tape-recorder.ts';

/**
 * A recorded tape. Its clocks are shifted as if recording had started when the tape was opened.
 * After the end, the last tick repeats while the clocks continue.
 */
export class Tape {
  readonly index: TapeIndex;
  readonly #directory: string;
  readonly #ticks: readonly number[];
  readonly #shiftMs: number;
  #paths: { readonly ofTick: number; readonly paths: ReadonlyMap<number, string> } | undefined;

  private constructor(
    directory: string,
    index: TapeIndex,
    ticks: readonly number[],
    shiftMs: number,
  ) {
    this.#directory = directory;
    this.index = index;
    this.#ticks = ticks;
    this.#shiftMs = shiftMs;
  }

  static async open(directory: string, nowMs: number = Date.now()): Promise<Tape> {
    const indexPath = join(directory, INDEX);
    const index = parseIndex(await readText(indexPath), indexPath);
    const ticks = (await readdir(directory))
      .flatMap((name) => tickNumber(name) ?? [])
      .sort((a, b) => a - b);
    const [first] = ticks;
    if (first === undefined) throw new TapeError(`${directory}: the tape has no ticks`);
    const path = join(directory, tapeFile(first, 'json'));
    const { wallMs } = parseTick(await readText(path), path);
    return new Tape(directory, index, ticks, nowMs - wallMs);
  }

  get length(): number {
    return this.#ticks.length;
  }

  /** The tick at a position, or the last tick after the end. */
  async read(position: number, nowMs: number = Date.now()): Promise<TickRecord> {
    const tick = this.#ticks[Math.min(position, this.length - 1)] ?? 0;
    const closing = this.#pathOf(tapeFile(tick, 'json'));
    const { bytes, pathsOfTick, ...at } = parseTick(await readText(closing), closing);
    const tables = await Promise.all(
      TABLE_NAMES.map(async (table) => [table, await this.#table(tick, table, bytes[table])]),
    );
    const wallMs = this.#shifted(at.wallMs, nowMs);
    const heldMs = position < this.length ? 0 : Math.max(0, nowMs - wallMs);
    return {
      maxCgroups: at.maxCgroups,
      hasPackets: at.hasPackets,
      wallMs: wallMs + heldMs,
      monotonicNs: at.monotonicNs + heldMs * 1e6,
      ...(Object.fromEntries(tables) as Record<TableName, Uint8Array>),
      paths: await this.#pathsOf(pathsOfTick),
    };
  }

  /** Limits the time to now: a tape that was continued after a pause would run ahead. */
  #shifted(tapeMs: number, nowMs: number): number {
    const wallMs = tapeMs + this.#shiftMs;
    return wallMs > nowMs + this.index.intervalMs ? nowMs : wallMs;
  }

  async #table(tick: number, table: TableName, wantedBytes: number): Promise<Uint8Array> {
    const path = this.#pathOf(tapeFile(tick, table));
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new TapeError(`${path}: cannot be read; the tape is incomplete`, { cause });
    });
    if (bytes.length !== wantedBytes) {
      throw new TapeError(`${path}: has ${bytes.length} bytes instead of ${wantedBytes}`);
    }
    return bytes;
  }

  async #pathsOf(tick: number): Promise<ReadonlyMap<number, string>> {
    if (this.#paths?.ofTick !== tick) {
      const path = this.#pathOf(tapeFile(tick, 'paths.json'));
      this.#paths = { ofTick: tick, paths: parsePaths(await readText(path), path) };
    }
    return this.#paths.paths;
  }

  #pathOf(name: string): string {
    return join(this.#directory, name);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TapeError(`${path}: cannot be read; is this a tape of vigia record?`, {
      cause,
    });
  }
}

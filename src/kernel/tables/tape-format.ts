import { TABLE_NAMES, type TableName } from './catalog.ts';
import { LAYOUT_HASH } from './wire.gen.ts';

/** A tape that is damaged, or has another format. The message starts with the path of the file. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}

/** Format of the files and their names. The rows have {@link LAYOUT_HASH}. */
export const TAPE_FORMAT = 5;
export const INDEX = 'tape.json';

/** The index of a tape. Written before its first tick. */
export interface TapeIndex {
  readonly format: typeof TAPE_FORMAT;
  readonly layout: string;
  /** Version of Vigia that recorded it. */
  readonly version: string;
  readonly intervalMs: number;
  readonly nodeName: string;
}

/** Written after all other files of a tick. A tick without it is ignored. */
export interface TapeTick {
  readonly wallMs: number;
  readonly monotonicNs: number;
  readonly maxCgroups: number;
  readonly hasPackets: boolean;
  /** Sizes of the files, to detect truncation. */
  readonly bytes: { readonly [Table in TableName]: number };
  /** The tick with the paths of this tick, because paths are recorded only after a change. */
  readonly pathsOfTick: number;
}

/** For example `000012.usage`. Names sort in the order of ticks. */
export function tapeFile(tick: number, kind: TableName | 'paths.json' | 'json'): string {
  return `${String(tick).padStart(6, '0')}.${kind}`;
}

/** The number of a tick, from the name of its last file. */
export function tickNumber(fileName: string): number | undefined {
  const digits = /^(\d{6,9})\.json$/.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Checks every field, because a tape can come from an untrusted source. */
export function parseIndex(text: string, from: string): TapeIndex {
  const { format, layout, version, intervalMs, nodeName } = parseObject(text, from);
  if (format !== TAPE_FORMAT) throw new TapeError(`${from}: not a tape of format ${TAPE_FORMAT}`);
  if (layout !== LAYOUT_HASH) {
    throw new TapeError(
      `${from}: recorded by Vigia ${JSON.stringify(version)} with a different row layout; ` +
        'replay it with that version',
    );
  }
  if (!isCount(intervalMs) || intervalMs < 1 || typeof nodeName !== 'string')
    throw new TapeError(`${from}: the interval or the node name is missing`);
  return { format, layout, version: String(version), intervalMs, nodeName };
}

export function parseTick(text: string, from: string): TapeTick {
  const { wallMs, monotonicNs, maxCgroups, hasPackets, bytes, pathsOfTick } = parseObject(
    text,
    from,
  );
  const sizes = (typeof bytes === 'object' && bytes !== null ? bytes : {}) as TapeTick['bytes'];
  const counts = [
    wallMs,
    monotonicNs,
    maxCgroups,
    pathsOfTick,
    ...TABLE_NAMES.map((t) => sizes[t]),
  ];
  if (!counts.every(isCount) || typeof hasPackets !== 'boolean')
    throw new TapeError(`${from}: a number of the tick is missing`);
  return { wallMs, monotonicNs, maxCgroups, hasPackets, pathsOfTick, bytes: sizes } as TapeTick;
}

/** Cgroup id → path, from JSON such as `{"4242": "/system.slice"}`. */
export function parsePaths(text: string, from: string): Map<number, string> {
  const paths = new Map<number, string>();
  for (const [id, path] of Object.entries(parseObject(text, from))) {
    if (typeof path !== 'string' || !isCount(Number(id)))
      throw new TapeError(`${from}: not a table of paths`);
    paths.set(Number(id), path);
  }
  return paths;
}

function parseObject(text: string, from: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new TapeError(`${from}: truncated, or not written by vigia record`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new TapeError(`${from}: not a JSON object`);
  return parsed as Record<string, unknown>;
}

function isCount(figure: unknown): figure is number {
  return typeof figure === 'number' && Number.isFinite(figure) && figure >= 0;
}

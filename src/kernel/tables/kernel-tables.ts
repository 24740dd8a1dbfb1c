import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reading } from '../../core/reading/reading.ts';
import { layoutOf } from '../load/load-plan.ts';
import { parseVersion } from '../load/pins.ts';
import { flowsFor, possibleCpus } from '../machine.ts';
import {
  ACTING_TABLES,
  type ActingTable,
  decodeTable,
  TABLE_NAMES,
  TABLES,
  type TableName,
  type TableRows,
} from './catalog.ts';
import { PackedRows } from './layout.ts';
import { explainTableError, TableError, TableFile } from './table-file.ts';
import { type CpuRow, LOSSES, type PathRow, PROGRAMS } from './wire.gen.ts';

/** Tables that a tick reads. */
export type TickTable = Exclude<TableName, 'path'>;

const TICK_TABLES = TABLE_NAMES.filter((name): name is TickTable => !TABLES[name].isOnDemand);

/** The packed tables of one tick, with its time. Tables that do not exist are empty. */
export interface RawTables extends Readonly<Record<TickTable, Uint8Array>> {
  /** Unix time. */
  readonly wallMs: number;
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs: number;
  /** Capacity of the usage table, in rows. */
  readonly maxCgroups: number;
  /** Whether packets are counted. */
  readonly hasPackets: boolean;
}

const NOTHING = new Uint8Array(0);

/** The files of one loaded version. */
interface Tables {
  /** Target of `current`. */
  readonly link: string;
  readonly maxCgroups: number;
  /** Only the tables of this version. */
  readonly files: ReadonlyMap<TableName, TableFile>;
  readonly acting: Readonly<Record<ActingTable, TableFile>>;
}

/**
 * The kernel's tables as files. The bytes of a table are valid until it is read again. A reading
 * uses one version, even if another is loaded meanwhile; the next reading uses the new version.
 */
export class KernelTables {
  readonly #bpffs: string;
  #tables: Tables | undefined;

  constructor(bpffs: string) {
    this.#bpffs = bpffs;
  }

  /** Starts a tick, which {@link acknowledge} ends. Only the consumer may call them. */
  async begin(signal?: AbortSignal): Promise<void> {
    const { acting } = await this.#newest();
    await acting.mark.read(signal);
  }

  async read(signal?: AbortSignal): Promise<RawTables> {
    const { files, acting, maxCgroups } = await this.#newest();
    const wallMs = Date.now();
    const monotonicNs = Number(process.hrtime.bigint());
    await acting.settle.read(signal);
    const tables: Partial<Record<TickTable, Uint8Array>> = {};
    for (const name of TICK_TABLES) {
      const bytes = (await files.get(name)?.read(signal)) ?? NOTHING;
      tables[name] = TABLES[name].isKept ? bytes.slice() : bytes;
    }
    return {
      wallMs,
      monotonicNs,
      maxCgroups,
      hasPackets: files.has('answer'),
      ...(tables as Record<TickTable, Uint8Array>),
    };
  }

  /** Packed rows of paths, for cgroups that are no longer in the tree. */
  async readPaths(signal?: AbortSignal): Promise<Uint8Array> {
    const { files } = this.#tables ?? (await this.#newest());
    return (await files.get('path')?.read(signal)) ?? NOTHING;
  }

  /** Confirms the reading, so that the kernel can remove ended cgroups after their retention. */
  async acknowledge(signal?: AbortSignal): Promise<void> {
    await this.#tables?.acting.reap.read(signal);
    await this.#tables?.acting.sweep.read(signal);
  }

  async #newest(): Promise<Tables> {
    const current = join(this.#bpffs, 'current');
    const link = await readlink(current).catch((cause: unknown) => {
      throw new TableError(explainTableError(current, cause), { cause });
    });
    if (this.#tables?.link !== link) {
      this.#tables = tablesOf(join(this.#bpffs, link), link, await possibleCpus());
    }
    return this.#tables;
  }
}

/** Rejects a version with another row layout. */
function tablesOf(directory: string, link: string, cpus: number): Tables {
  const version = parseVersion(link);
  if (!version || version.layout !== layoutOf({ cpus, slots: version.slots })) {
    throw new TableError(
      `${directory}: loaded by another version of Vigia with a different row layout; ` +
        'run as root: vigia load',
    );
  }
  const pathOf = (name: string) => join(directory, 'tables', name);
  const present = TABLE_NAMES.filter(
    (name) => !TABLES[name].needsPackets || existsSync(pathOf(name)),
  );
  const acting = Object.keys(ACTING_TABLES).map((name) => [name, new TableFile(pathOf(name))]);
  return {
    link,
    maxCgroups: version.slots,
    files: new Map(present.map((name) => [name, new TableFile(pathOf(name))])),
    acting: Object.fromEntries(acting) as Record<ActingTable, TableFile>,
  };
}

export function decodePaths(bytes: Uint8Array): PathRow[] {
  return decodeTable('path', bytes);
}

/** Cgroup levels that are hidden from the node. The kernel's paths start with them. */
export function hiddenLevelsIn({ cpu }: Pick<RawTables, 'cpu'>): number {
  return decodeTable('cpu', cpu)[0]?.hiddenLevels ?? 0;
}

/** Decodes the tables. The result is valid as long as their bytes. */
export function decodeReading(raw: RawTables): Reading {
  const cpus = decodeTable('cpu', raw.cpu);
  const [first] = cpus;
  if (!first)
    throw new TableError('cpu: the table has no rows; run as root: vigia unload && vigia load');
  const rows = rowsOf(raw);
  return {
    wallMs: raw.wallMs,
    monotonicNs: raw.monotonicNs,
    startedNs: first.startedNs,
    hasPackets: raw.hasPackets,
    ...rows,
    runs: PROGRAMS.map((program, i) => ({ program, count: sum(cpus, ({ runs }) => runs[i]) })),
    lost: LOSSES.map((loss, i) => ({ ...loss, count: sum(cpus, ({ lost }) => lost[i]) })),
    maps: [
      { map: 'usage', entries: rows.usage.length, maxEntries: raw.maxCgroups },
      {
        map: 'flow',
        entries: rows.flow.length,
        maxEntries: raw.maxCgroups + flowsFor(raw.maxCgroups),
      },
    ],
  };
}

type TickRows = { readonly [Name in TickTable]: PackedRows<TableRows[Name]> };

function rowsOf(raw: RawTables): TickRows {
  const rows = TICK_TABLES.map((name) => [
    name,
    new PackedRows<unknown>(raw[name], TABLES[name].layout, name),
  ]);
  return Object.fromEntries(rows) as TickRows;
}

function sum(cpus: readonly CpuRow[], pick: (cpu: CpuRow) => number | undefined): number {
  return cpus.reduce((total, cpu) => total + (pick(cpu) ?? 0), 0);
}

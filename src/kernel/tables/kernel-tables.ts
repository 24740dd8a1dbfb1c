import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reading } from '../../core/reading/reading.ts';
import { layoutOf } from '../load/load-plan.ts';
import { parseVersion } from '../load/pins.ts';
import { flowsFor, possibleCpus } from '../machine.ts';
import { decodeRows, PackedRows } from './layout.ts';
import { explainTableError, TableError, TableFile } from './table-file.ts';
import {
  answerRow,
  type CpuRow,
  clueRow,
  connectionRow,
  cpuRow,
  flowRow,
  footprintRow,
  LOSSES,
  type PathRow,
  PROGRAMS,
  pathRow,
  usageRow,
} from './wire.gen.ts';

/** The tables of one tick as the kernel packed them, and when. */
export interface RawTables {
  /** Unix time. */
  readonly wallMs: number;
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs: number;
  /** How many rows the usage table can hold. */
  readonly maxCgroups: number;
  /** Whether packets are looked at. */
  readonly hasPackets: boolean;
  readonly usage: Uint8Array;
  readonly cpu: Uint8Array;
  /** A copy that holds, as below. */
  readonly flow: Uint8Array;
  readonly connection: Uint8Array;
  /** Empty where nobody looks at packets. */
  readonly answer: Uint8Array;
  readonly footprint: Uint8Array;
  readonly clue: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The files of one loaded version. */
interface Tables {
  /** What `current` points to. */
  readonly link: string;
  readonly maxCgroups: number;
  /** Opened first by the consumer: what is there by then its acknowledgement makes room of. */
  readonly mark: TableFile;
  /** Opened before `usage`, which then has the datagrams that were counted in their flows alone. */
  readonly settle: TableFile;
  readonly usage: TableFile;
  readonly cpu: TableFile;
  readonly path: TableFile;
  readonly flow: TableFile;
  readonly connection: TableFile;
  readonly answer: TableFile | undefined;
  readonly footprint: TableFile;
  readonly clue: TableFile;
  /** Those whose opening is an acknowledgement, in this order. */
  readonly acting: readonly TableFile[];
}

/**
 * The kernel's tables as files. What is read holds until the same is read again. A reading is of one
 * version, whatever is loaded meanwhile; the next one finds the newer.
 */
export class KernelTables {
  readonly #bpffs: string;
  #tables: Tables | undefined;

  constructor(bpffs: string) {
    this.#bpffs = bpffs;
  }

  /**
   * Says that a tick begins, which ends with {@link acknowledge}. Only for the one that does so: what
   * others read stays.
   */
  async begin(signal?: AbortSignal): Promise<void> {
    const { mark } = await this.#newest();
    await mark.read(signal);
  }

  async read(signal?: AbortSignal): Promise<RawTables> {
    const { settle, cpu, usage, flow, connection, answer, footprint, clue, maxCgroups } =
      await this.#newest();
    const cpuBytes = await cpu.read(signal);
    const wallMs = Date.now();
    const monotonicNs = Number(process.hrtime.bigint());
    await settle.read(signal);
    // Before the rows of their cgroups: a cgroup is born before anything is seen of it.
    const clueBytes = await clue.read(signal);
    const answerBytes = (await answer?.read(signal)) ?? NOTHING;
    const usageBytes = await usage.read(signal);
    // In this order a connection that ends between the two is missed once, not counted twice.
    const flowBytes = (await flow.read(signal)).slice();
    const connectionBytes = (await connection.read(signal)).slice();
    return {
      wallMs,
      monotonicNs,
      maxCgroups,
      usage: usageBytes,
      cpu: cpuBytes,
      flow: flowBytes,
      connection: connectionBytes,
      hasPackets: answer !== undefined,
      answer: answerBytes,
      footprint: await footprint.read(signal),
      clue: clueBytes,
    };
  }

  /** Packed rows of paths, for ids that the cgroup tree no longer knows. */
  async readPaths(signal?: AbortSignal): Promise<Uint8Array> {
    const { path } = this.#tables ?? (await this.#newest());
    return await path.read(signal);
  }

  /** Tells the kernel that all was read: what died before may go once its retention is over. */
  async acknowledge(signal?: AbortSignal): Promise<void> {
    for (const table of this.#tables?.acting ?? []) await table.read(signal);
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

/** Refuses a version whose rows are laid out otherwise than this program reads them. */
function tablesOf(directory: string, link: string, cpus: number): Tables {
  const version = parseVersion(link);
  if (!version || version.layout !== layoutOf({ cpus, slots: version.slots })) {
    throw new TableError(
      `${directory}: loaded by another version of Vigia, whose rows this one cannot read; ` +
        'as root run: vigia load',
    );
  }
  const pathOf = (name: string) => join(directory, 'tables', name);
  const file = (name: string) => new TableFile(pathOf(name));
  return {
    link,
    maxCgroups: version.slots,
    mark: file('mark'),
    settle: file('settle'),
    usage: file('usage'),
    cpu: file('cpu'),
    path: file('path'),
    flow: file('flow'),
    connection: file('connection'),
    answer: existsSync(pathOf('answer')) ? file('answer') : undefined,
    footprint: file('footprint'),
    clue: file('clue'),
    acting: [file('reap'), file('sweep')],
  };
}

export function decodePaths(bytes: Uint8Array): PathRow[] {
  return decodeRows(bytes, pathRow, 'path');
}

/** Levels of the hierarchy above what the node sees: the kernel's paths begin with them. */
export function hiddenLevelsIn({ cpu }: Pick<RawTables, 'cpu'>): number {
  return decodeRows(cpu, cpuRow, 'cpu')[0]?.hiddenLevels ?? 0;
}

/** What the tables say; it holds as long as their bytes do. */
export function decodeReading(raw: RawTables): Reading {
  const cpus = decodeRows(raw.cpu, cpuRow, 'cpu');
  const [first] = cpus;
  if (!first)
    throw new TableError('cpu: no row for any CPU; as root run: vigia unload, vigia load');
  const usage = new PackedRows(raw.usage, usageRow, 'usage');
  const flows = new PackedRows(raw.flow, flowRow, 'flow');
  return {
    wallMs: raw.wallMs,
    monotonicNs: raw.monotonicNs,
    startedNs: first.startedNs,
    hasPackets: raw.hasPackets,
    usage,
    flows,
    connections: new PackedRows(raw.connection, connectionRow, 'connection'),
    answers: new PackedRows(raw.answer, answerRow, 'answer'),
    footprints: new PackedRows(raw.footprint, footprintRow, 'footprint'),
    clues: new PackedRows(raw.clue, clueRow, 'clue'),
    runs: PROGRAMS.map((program, i) => ({ program, count: sum(cpus, ({ runs }) => runs[i]) })),
    lost: LOSSES.map((loss, i) => ({ ...loss, count: sum(cpus, ({ lost }) => lost[i]) })),
    maps: [
      { map: 'usage', entries: usage.length, maxEntries: raw.maxCgroups },
      { map: 'flow', entries: flows.length, maxEntries: raw.maxCgroups + flowsFor(raw.maxCgroups) },
    ],
  };
}

function sum(cpus: readonly CpuRow[], pick: (cpu: CpuRow) => number | undefined): number {
  return cpus.reduce((total, cpu) => total + (pick(cpu) ?? 0), 0);
}

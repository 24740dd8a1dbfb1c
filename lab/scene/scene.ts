import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { MINING_SOURCES } from '../../src/core/mining/mining-source.ts';
import { type Bpftool, findBpftool } from '../../src/kernel/bpftool.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { load, unload } from '../../src/kernel/load/loader.ts';
import { memoryFor as tableMemory } from '../../src/kernel/load/map-memory.ts';
import { possibleCpus } from '../../src/kernel/machine.ts';
import { decodeTable, type TableName } from '../../src/kernel/tables/catalog.ts';
import {
  type AnswerRow,
  type ClueRow,
  type FootprintRow,
  LOSSES,
  type PathRow,
  PROGRAMS,
  RESERVED_SLOTS,
  type UsageRow,
} from '../../src/kernel/tables/wire.gen.ts';
import { findCgroupMount } from '../../src/workloads/mount.ts';
import { until } from '../process/process.ts';
import { KERNEL, OBJECTS } from './connection-ways.ts';
import { type CgroupFlow, flowsByCgroup } from './flow-rows.ts';

export { OBJECTS };

/** A test's own cgroup with the programs loaded below it, and its own bpffs. Removed at disposal. */
export interface Scene extends AsyncDisposable {
  readonly bpftool: Bpftool;
  readonly options: LoadOptions;
  /** Directory of the scene's cgroup, the root of what is observed. */
  readonly cgroup: string;
  /** Creates a cgroup below it. */
  readonly makeCgroup: (name: string) => string;
  readonly usage: () => UsageRow[];
  /** The row of a cgroup's directory. Throws if there is none. */
  readonly usageOf: (cgroup: string) => UsageRow;
  readonly reserved: (slot: keyof typeof RESERVED_SLOTS) => UsageRow;
  readonly paths: () => PathRow[];
  /** Losses so far, as `table.reason`, without zeros. */
  readonly lost: () => Record<string, number>;
  /** Number of runs of each program so far. */
  readonly runs: () => Record<(typeof PROGRAMS)[number], number>;
  /** The stored DNS answers of a cgroup's directory, oldest first on each CPU. */
  readonly answersOf: (cgroup: string) => AnswerRow[];
  /** Rounding modes of a cgroup's threads that had flush-to-zero set. */
  readonly footprintOf: (cgroup: string) => FootprintRow | undefined;
  /** The clues of a cgroup's directory, oldest first. */
  readonly cluesOf: (cgroup: string) => ClueRow[];
  /** All flows, by cgroup directory. */
  readonly flows: () => CgroupFlow[];
  /** The flows of a cgroup's directory, busiest first. */
  readonly flowsOf: (cgroup: string) => CgroupFlow[];
  /** Opens the acting tables once, as the daemon does at the end of a tick. */
  readonly reap: () => void;
  /** A complete tick, with the daemon's first and last steps. */
  readonly tick: () => void;
}

/** Load options that a test can choose, including the method to store connections. */
export type SceneSettings = Partial<
  Pick<
    LoadOptions,
    | 'retentionMs'
    | 'mapMemoryBytes'
    | 'uid'
    | 'hasPackets'
    | 'hasSocketStorage'
    | 'mining'
    | 'objects'
  >
>;

/** Settings for a fast load: without packets and mining it takes one second. */
export const QUICK: SceneSettings = { hasPackets: false, mining: [] };

/** Loads below a new cgroup. Needs root and a completed `make build`. */
export async function openScene(settings: SceneSettings = {}): Promise<Scene> {
  return sceneAt(await sceneOptions(settings));
}

/** Loads below an existing cgroup and its contents. */
export async function sceneAt(options: LoadOptions): Promise<Scene> {
  const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  try {
    await load(bpftool, options);
  } catch (error) {
    await emptyCgroup(options.cgroup.path);
    removeCgroups(options.cgroup.path);
    throw error;
  }
  const table = (name: string) => readFileSync(join(options.bpffs, 'current/tables', name));
  const rowsOf = <Name extends TableName>(name: Name) => decodeTable(name, table(name));
  const usage = () => {
    table('settle');
    return rowsOf('usage');
  };
  const answers = () => rowsOf('answer');
  const flows = () => flowsByCgroup(rowsOf('flow'), rowsOf('connection'), answers());
  const cgroup = options.cgroup.path;
  return {
    bpftool,
    options,
    cgroup,
    makeCgroup: (name) => {
      const path = join(cgroup, name);
      mkdirSync(path, { recursive: true });
      return path;
    },
    usage,
    usageOf: (path) => found(usage(), ({ cgroupId }) => cgroupId === statSync(path).ino, path),
    reserved: (name) => found(usage(), ({ slot }) => slot === RESERVED_SLOTS[name], name),
    paths: () => rowsOf('path'),
    lost: () => {
      const rows = rowsOf('cpu');
      const sums = LOSSES.map(({ table, reason }, i) => {
        const count = rows.reduce((sum, row) => sum + (row.lost[i] ?? 0), 0);
        return [`${table}.${reason}`, count] as const;
      });
      return Object.fromEntries(sums.filter(([, count]) => count > 0));
    },
    runs: () => {
      const rows = rowsOf('cpu');
      const sums = PROGRAMS.map((program, i) => {
        return [program, rows.reduce((sum, row) => sum + (row.runs[i] ?? 0), 0)] as const;
      });
      return Object.fromEntries(sums) as Record<(typeof PROGRAMS)[number], number>;
    },
    answersOf: (path) =>
      answers()
        .filter(({ cgroupId }) => cgroupId === statSync(path).ino)
        .sort((a, b) => a.sequence - b.sequence),
    footprintOf: (path) =>
      rowsOf('footprint').find(({ cgroupId }) => cgroupId === statSync(path).ino),
    cluesOf: (path) =>
      rowsOf('clue')
        .filter(({ cgroupId }) => cgroupId === statSync(path).ino)
        .sort((a, b) => a.atNs - b.atNs),
    flows,
    flowsOf: (path) => flows().filter(({ cgroupId }) => cgroupId === statSync(path).ino),
    reap: () => {
      for (const acting of ['reap', 'sweep']) table(acting);
    },
    tick: () => {
      for (const acting of ['mark', 'settle', 'reap', 'sweep']) table(acting);
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await unload(bpftool, options);
      } finally {
        rmSync(socketOf(options), { force: true }); // left by a killed daemon
        await emptyCgroup(cgroup);
        removeCgroups(cgroup);
      }
    },
  };
}

/** Path of a scene's daemon socket, writable for every user. */
export function socketOf({ bpffs }: LoadOptions): string {
  return join(tmpdir(), `${basename(bpffs)}.sock`);
}

/** Memory for a usage table with this many rows on this machine, at least 256. */
export async function memoryFor(slots: number, settings: SceneSettings = {}): Promise<number> {
  return tableMemory({ ...KERNEL, ...settings, cpus: await possibleCpus() }, slots);
}

/** A new cgroup and a path for pins, with nothing loaded. */
export async function sceneOptions(settings: SceneSettings = {}): Promise<LoadOptions> {
  const cgroupMount = await findCgroupMount();
  if (cgroupMount === undefined) throw new Error('no cgroup v2 hierarchy is mounted here');
  const name = `vigia-test-${process.pid}-${randomBytes(3).toString('hex')}`;
  const path = join(cgroupMount, name);
  mkdirSync(path);
  return {
    bpffs: `/run/${name}`,
    cgroup: { path, id: statSync(path).ino, level: 1 },
    cgroupMount,
    uid: 9770,
    retentionMs: 300_000,
    mapMemoryBytes: 16 * 1024 ** 2,
    hasPackets: true,
    ...KERNEL,
    mining: MINING_SOURCES,
    objects: OBJECTS,
    ...settings,
  };
}

/** Kills all processes in a cgroup or below it, and waits for their end. */
export async function emptyCgroup(path: string): Promise<void> {
  writeFileSync(join(path, 'cgroup.kill'), '1');
  await until(`${path} to be empty`, () =>
    readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0'),
  );
}

/** Removes a cgroup and everything below it. Its processes must have ended. */
export function removeCgroups(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroups(join(path, entry.name));
  rmdirSync(path);
}

function found<Row>(rows: readonly Row[], is: (row: Row) => boolean, what: string): Row {
  const row = rows.find(is);
  if (row === undefined) throw new Error(`no row for ${what}`);
  return row;
}

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
import { decodeRows } from '../../src/kernel/tables/layout.ts';
import {
  type AnswerRow,
  answerRow,
  type ClueRow,
  clueRow,
  connectionRow,
  cpuRow,
  type FootprintRow,
  flowRow,
  footprintRow,
  LOSSES,
  type PathRow,
  PROGRAMS,
  pathRow,
  RESERVED_SLOTS,
  type UsageRow,
  usageRow,
} from '../../src/kernel/tables/wire.gen.ts';
import { findCgroupMount } from '../../src/workloads/mount.ts';
import { until } from '../process/process.ts';
import { KERNEL, OBJECTS } from './connection-ways.ts';
import { type CgroupFlow, flowsByCgroup } from './flow-rows.ts';

export { OBJECTS };

/**
 * A cgroup of the test's own with the programs loaded below it, and a bpffs of its own. Disposed,
 * it leaves nothing behind.
 */
export interface Scene extends AsyncDisposable {
  readonly bpftool: Bpftool;
  readonly options: LoadOptions;
  /** Directory of the scene's own cgroup, of which all is observed. */
  readonly cgroup: string;
  /** Makes a cgroup below it. */
  readonly makeCgroup: (name: string) => string;
  readonly usage: () => UsageRow[];
  /** The row of a cgroup's directory; throws where there is none. */
  readonly usageOf: (cgroup: string) => UsageRow;
  readonly reserved: (slot: keyof typeof RESERVED_SLOTS) => UsageRow;
  readonly paths: () => PathRow[];
  /** What was lost so far, as `table.reason`, only what is not zero. */
  readonly lost: () => Record<string, number>;
  /** How often each program ran so far. */
  readonly runs: () => Record<(typeof PROGRAMS)[number], number>;
  /** The DNS answers that were kept for a cgroup's directory, oldest first on each CPU. */
  readonly answersOf: (cgroup: string) => AnswerRow[];
  /** Rounding modes in which a cgroup's threads were found flushing to zero. */
  readonly footprintOf: (cgroup: string) => FootprintRow | undefined;
  /** What was seen once in a cgroup's directory, oldest first. */
  readonly cluesOf: (cgroup: string) => ClueRow[];
  /** All flows, by the directories of their cgroups. */
  readonly flows: () => CgroupFlow[];
  /** The flows of a cgroup's directory, busiest first. */
  readonly flowsOf: (cgroup: string) => CgroupFlow[];
  /** Opens the acting tables once, as the daemon does at the end of a tick. */
  readonly reap: () => void;
  /** A tick in which all was read: as the daemon begins and ends it. */
  readonly tick: () => void;
}

/** What of a load a test chooses, the way in which connections are kept included. */
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

/** Loads below a new cgroup. Needs root, and `make build` to have run. */
export async function openScene(settings: SceneSettings = {}): Promise<Scene> {
  return sceneAt(await sceneOptions(settings));
}

/** Loads below a cgroup that is there, with what it holds. */
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
  const usage = () => {
    table('settle');
    return decodeRows(table('usage'), usageRow);
  };
  const answers = () => decodeRows(table('answer'), answerRow);
  const flows = () =>
    flowsByCgroup(
      decodeRows(table('flow'), flowRow),
      decodeRows(table('connection'), connectionRow),
      answers(),
    );
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
    paths: () => decodeRows(table('path'), pathRow),
    lost: () => {
      const rows = decodeRows(table('cpu'), cpuRow);
      const sums = LOSSES.map(({ table, reason }, i) => {
        const count = rows.reduce((sum, row) => sum + (row.lost[i] ?? 0), 0);
        return [`${table}.${reason}`, count] as const;
      });
      return Object.fromEntries(sums.filter(([, count]) => count > 0));
    },
    runs: () => {
      const rows = decodeRows(table('cpu'), cpuRow);
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
      decodeRows(table('footprint'), footprintRow).find(
        ({ cgroupId }) => cgroupId === statSync(path).ino,
      ),
    cluesOf: (path) =>
      decodeRows(table('clue'), clueRow)
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
        rmSync(socketOf(options), { force: true }); // of a daemon that was killed
        await emptyCgroup(cgroup);
        removeCgroups(cgroup);
      }
    },
  };
}

/** The socket of a scene's daemon, where anybody may make one. */
export function socketOf({ bpffs }: LoadOptions): string {
  return join(tmpdir(), `${basename(bpffs)}.sock`);
}

/** Memory for a usage table of so many rows on this machine, 256 at the least. */
export async function memoryFor(slots: number, settings: SceneSettings = {}): Promise<number> {
  return tableMemory({ ...KERNEL, ...settings, cpus: await possibleCpus() }, slots);
}

/** A fresh cgroup and a place for pins, nothing loaded yet. */
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

/** Kills whatever still runs in a cgroup or below it, and waits until nothing does. */
export async function emptyCgroup(path: string): Promise<void> {
  writeFileSync(join(path, 'cgroup.kill'), '1');
  await until(`${path} to be empty`, () =>
    readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0'),
  );
}

/** Removes a cgroup and all below it; the processes in them must have ended. */
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

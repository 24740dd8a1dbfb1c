import { join } from 'node:path';
import type { MiningSource } from '../../core/mining/mining-source.ts';
import type { KernelFeatures } from '../kernel-features.ts';
import type { Sizes } from '../machine.ts';
import {
  ACTING_TABLES,
  connectionMapName,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from '../tables/catalog.ts';
import { LAYOUT_HASH, STORED_BYTES } from '../tables/wire.gen.ts';
import { loadCapture, loadConnections, pinPages, pinTable } from './capture-steps.ts';
import { inheritMap, makeMap, mapShapes } from './map-shapes.ts';
import { CAPTURES, CONNECTIONS, MINING_CAPTURES, PACKETS, PROOF_SLOTS } from './objects.ts';
import { type Version, versionName } from './pins.ts';
import { bpftool, type Step } from './step.ts';
import { pathsOf, type VersionPaths } from './version-paths.ts';

/** All settings of a load. */
export interface LoadOptions extends KernelFeatures {
  /** Directory of the pins; must be on a bpffs. */
  readonly bpffs: string;
  /** The observed cgroup: its directory and its id (inode). */
  readonly cgroup: {
    readonly path: string;
    readonly id: number;
    /** Its depth in the hierarchy. `hiddenLevels` of these are above the mounted part. */
    readonly level: number;
    readonly hiddenLevels?: number;
  };
  /** Mount point of the cgroup v2 hierarchy. */
  readonly cgroupMount: string;
  /** User who can read the tables. */
  readonly uid: number;
  readonly retentionMs: number;
  readonly mapMemoryBytes: number;
  /** Whether packets are counted. */
  readonly hasPackets: boolean;
  /** Sources of evidence of mining. */
  readonly mining: readonly MiningSource[];
  /** Directory of the compiled objects. */
  readonly objects: string;
}

/** Programs that run for each packet, and their cgroup hooks. */
export const PACKET_PROGRAMS = { count_transmit: 'egress', count_receive: 'ingress' } as const;

/** Programs without autoattach: cgroup hooks by capture and program. */
export const CGROUP_PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [PACKETS]: { ...PACKET_PROGRAMS, note_release: 'sock_release' },
  [MINING_CAPTURES.device]: { see_device: 'device' },
  [MINING_CAPTURES.sysctl]: { see_sysctl: 'sysctl' },
};

/** Two loads can share maps only if their layouts are equal. */
export function layoutOf({ cpus }: Sizes): string {
  return ((Number.parseInt(LAYOUT_HASH, 16) ^ cpus) >>> 0).toString(16).padStart(8, '0');
}

/** Inputs of a load, besides its settings. */
export interface LoadFrom {
  readonly sizes: Sizes;
  /** Directory of the objects, with their constants set. */
  readonly objects: string;
  /** The version whose maps it inherits. */
  readonly heir?: Version | undefined;
}

/** The steps of a load. `proven` steps must wait until the proof that all packets pass. */
export interface LoadPlan {
  /** Attaches nothing. */
  readonly unattached: readonly Step[];
  readonly proven: readonly Step[];
}

/**
 * Loads a version beside the existing ones. Before its last steps it counts nothing, also if the
 * load is interrupted, because each program checks `control` first.
 */
export function loadPlan(options: LoadOptions, version: Version, from: LoadFrom): LoadPlan {
  const at = pathsOf(options.bpffs, version);
  const heirMaps = from.heir && pathsOf(options.bpffs, from.heir).maps;
  const { hasPackets } = options;
  const connectionMap = connectionMapName(options.hasSocketStorage);
  const maps = mapShapes(from.sizes);
  const withConnections = [...maps, { name: connectionMap }];
  const capture = (name: string, known: readonly { readonly name: string }[] = maps) =>
    loadCapture(name, at, from.objects, known);
  const once = [at.program('sweep', 'prepare_queues'), at.program('cgroup', 'prepare')];
  const adopting = [at.program('cgroup', 'adopt'), at.program(CONNECTIONS, 'adopt_connections')];
  const pinned = TABLE_NAMES.filter((table) => hasPackets || !TABLES[table].needsPackets);
  const pin = options.hasMapIterators ? pinTable : pinPages;
  const mapOf = (table: TableName) => TABLES[table].map?.(from.sizes).name ?? connectionMap;
  const tables = [...pinned, ...Object.keys(ACTING_TABLES)];
  const unattached = [
    ...[at.root, at.tables].map((path) => mkdir(path, 0o755)),
    ...[at.maps, at.programs].map((path) => mkdir(path, 0o700)),
    together(
      maps.map((map) => [
        heirMaps === undefined ? makeMap(map, at.maps) : inheritMap(map.name, at.maps, heirMaps),
      ]),
    ),
    // Loading does not attach packet programs, so they can create the shared map of connections.
    ...(hasPackets ? loadConnections(PACKETS, connectionMap, at, { ...from, heirMaps }) : []),
  ];
  const proven = [
    ...(hasPackets ? [] : loadConnections(CONNECTIONS, connectionMap, at, { ...from, heirMaps })),
    together([
      ...CAPTURES.map((name) => capture(name)),
      ...(hasPackets ? [capture(CONNECTIONS, withConnections)] : []),
      ...miningSteps(options, (name) => capture(name)),
      ...pinned.map((table) => pin(table, mapOf(table), at, from.objects)),
    ]),
    ...Object.entries(ACTING_TABLES).map(
      ([table, name]): Step => ({
        do: 'rename',
        path: at.program(name, table),
        to: join(at.tables, table),
      }),
    ),
    ...tables.flatMap((table) => giveTo(join(at.tables, table), options.uid)),
    ...once.map(read),
    ...(hasPackets ? attachAll(PACKETS, at, options) : []),
    ...miningSteps(options, (name) => attachAll(name, at, options)).flat(),
    ...makeCurrent(options.bpffs, version),
    ...takeOver(at, version, from.heir),
    ...adopting.map(read),
    ...[...once, ...adopting].map(remove),
  ];
  return { unattached, proven };
}

/** Replaces the link `current` atomically. */
export function makeCurrent(bpffs: string, version: Version): Step[] {
  const next = join(bpffs, 'next');
  return [
    remove(next),
    { do: 'symlink', path: next, target: versionName(version) },
    { do: 'rename', path: next, to: join(bpffs, 'current') },
  ];
}

/** Loads the packet programs with separate maps, to run test packets through them. */
export function proofSteps(directory: string, objects: string, sizes: Sizes): Step[] {
  const maps = mapShapes({ ...sizes, slots: PROOF_SLOTS });
  return [
    mkdir(directory, 0o700),
    together(maps.map((map) => [makeMap(map, directory)])),
    ...loadCapture(PACKETS, { maps: directory, programs: directory }, objects, maps),
  ];
}

/** Name of a mining source in the message about a kernel that rejects it. */
export function withoutMining(source: string): string {
  return `the mining source ${source}`;
}

function mayFail(step: Step, without: string): Step {
  return step.do === 'bpftool' ? { ...step, without } : step;
}

function together(lists: readonly (readonly Step[])[]): Step {
  return { do: 'together', lists };
}

function mkdir(path: string, mode: number): Step {
  return { do: 'mkdir', path, mode };
}

function read(path: string): Step {
  return { do: 'read', path };
}

function remove(path: string): Step {
  return { do: 'remove', path };
}

function giveTo(path: string, uid: number): Step[] {
  return [
    { do: 'chmod', path, mode: 0o400 },
    { do: 'chown', path, uid },
  ];
}

/** Steps for each chosen mining capture. Failing ones are skipped. */
function miningSteps(
  { mining }: LoadOptions,
  stepsOf: (capture: string) => readonly Step[],
): Step[][] {
  return Object.entries(MINING_CAPTURES)
    .filter(([source]) => mining.some((wanted) => wanted === source))
    .map(([source, capture]) =>
      stepsOf(capture).map((step) => mayFail(step, withoutMining(source))),
    );
}

function attachAll(capture: string, at: VersionPaths, { cgroup }: LoadOptions): Step[] {
  return Object.entries(CGROUP_PROGRAMS[capture] ?? {}).map(([program, hook]) => {
    const pin = at.program(capture, program);
    return bpftool('cgroup', 'attach', cgroup.path, hook, 'pinned', pin, 'multi');
  });
}

/** After the last step, only the programs of this generation count in these maps. */
function takeOver(at: VersionPaths, { generation }: Version, heir: Version | undefined): Step[] {
  if (heir === undefined) return [activate(at.control, generation, 0)];
  return handOverCounting(at, heir.generation, generation);
}

/**
 * Hands over from one generation of the packet programs to the next in three steps
 * (bpf/net/hand-over.h). The last two wait until all packets in progress are finished: when an
 * element of a map of maps is updated, the kernel waits for running programs (Linux 4.18,
 * 1ae80cf31938).
 */
export function handOverCounting(
  { control, barrier }: Pick<VersionPaths, 'control' | 'barrier'>,
  older: number,
  newer: number,
): Step[] {
  const wait = bpftool(
    ...['map', 'update', 'pinned', barrier, 'key', 0, 0, 0, 0, 'value', 'pinned', control],
  );
  const shape = ['type', 'array_of_maps', 'key', 4, 'value', 4, 'entries', 1, 'name', 'barrier'];
  return [
    bpftool('map', 'create', barrier, ...shape, 'inner_map', 'pinned', control),
    activate(control, older, newer),
    wait,
    activate(control, newer, older),
    wait,
    activate(control, newer, 0),
    remove(barrier),
  ];
}

/** Writes `struct control`. The kernel copies its first eight bytes atomically. */
export function activate(control: string, generation: number, other: number): Step {
  const value = Buffer.alloc(STORED_BYTES.control);
  value.writeUInt32LE(generation);
  value.writeUInt32LE(other, 4);
  return bpftool('map', 'update', 'pinned', control, 'key', 0, 0, 0, 0, 'value', ...value);
}

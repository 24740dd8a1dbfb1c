import { join } from 'node:path';
import type { MiningSource } from '../../core/mining/mining-source.ts';
import type { KernelFeatures } from '../kernel-features.ts';
import { LAYOUT_HASH, STORED_BYTES } from '../tables/wire.gen.ts';
import { loadCapture, loadConnections, pinPages, pinTable } from './capture-steps.ts';
import { connectionMapName, inheritMap, makeMap, mapShapes, type Sizes } from './map-shapes.ts';
import { CAPTURES, CONNECTIONS, MINING_CAPTURES, PACKETS, PROOF_SLOTS, TABLES } from './objects.ts';
import { type Version, versionName } from './pins.ts';
import { bpftool, type Step } from './step.ts';
import { type Places, placesOf } from './version-paths.ts';

/** What is loaded, where to, and for whom. */
export interface LoadOptions extends KernelFeatures {
  /** Directory of the pins, on a bpffs. */
  readonly bpffs: string;
  /** Root of what is observed: its directory, its id (inode) and its depth in the hierarchy. */
  readonly cgroup: {
    readonly path: string;
    readonly id: number;
    /** Its depth in the hierarchy, of which `hiddenLevels` lie above what is mounted here. */
    readonly level: number;
    readonly hiddenLevels?: number;
  };
  /** Where the whole cgroup v2 hierarchy is mounted. */
  readonly cgroupMount: string;
  /** Who may read the tables. */
  readonly uid: number;
  readonly retentionMs: number;
  readonly mapMemoryBytes: number;
  /** Whether packets are looked at. */
  readonly hasPackets: boolean;
  /** What is looked at for signs of mining. */
  readonly mining: readonly MiningSource[];
  /** Directory of the compiled objects. */
  readonly objects: string;
}

/** Tables that come with a capture, and act when they are opened. */
const ACTING_TABLES = { mark: 'sweep', settle: 'sweep', reap: 'cgroup', sweep: 'sweep' } as const;

/** Programs that see packets, and the hooks of a cgroup that they go to. */
export const PACKET_PROGRAMS = { count_transmit: 'egress', count_receive: 'ingress' } as const;

/** All that bpftool cannot attach by itself: hooks of a cgroup by capture and program. */
export const CGROUP_PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [PACKETS.capture]: { ...PACKET_PROGRAMS, note_release: 'sock_release' },
  [MINING_CAPTURES.device]: { see_device: 'device' },
  [MINING_CAPTURES.sysctl]: { see_sysctl: 'sysctl' },
};

/** Two loads share their maps if, and only if, their layouts are equal. */
export function layoutOf({ cpus }: Sizes): string {
  return ((Number.parseInt(LAYOUT_HASH, 16) ^ cpus) >>> 0).toString(16).padStart(8, '0');
}

/** What a version is loaded from. */
export interface LoadFrom {
  readonly sizes: Sizes;
  /** Directory of the objects, with their constants set. */
  readonly objects: string;
  /** The version whose maps it takes over. */
  readonly heir?: Version | undefined;
}

/**
 * Loads a version beside what is there. Until its last steps nothing of it acts: the programs look
 * at `control` first, so an interrupted load has attached nothing that counts.
 */
export function loadSteps(options: LoadOptions, version: Version, from: LoadFrom): Step[] {
  const at = placesOf(options.bpffs, version);
  const heirMaps = from.heir && placesOf(options.bpffs, from.heir).maps;
  const { hasPackets } = options;
  const connectionMap = connectionMapName(options.hasSocketStorage);
  const maps = mapShapes(from.sizes);
  const known = [...maps, { name: connectionMap }];
  const once = [at.program('sweep', 'prepare_queues'), at.program('cgroup', 'prepare')];
  const adopting = [
    at.program('cgroup', 'adopt'),
    at.program(CONNECTIONS.capture, 'adopt_connections'),
  ];
  const pinned = {
    ...TABLES,
    [CONNECTIONS.table]: connectionMap,
    ...(hasPackets && { [PACKETS.table]: PACKETS.map }),
  };
  const tables = [...Object.keys(pinned), ...Object.keys(ACTING_TABLES)];
  return [
    ...[at.root, at.tables].map((path) => mkdir(path, 0o755)),
    ...[at.maps, at.programs].map((path) => mkdir(path, 0o700)),
    ...maps.map((map) =>
      heirMaps === undefined ? makeMap(map, at.maps) : inheritMap(map.name, at.maps, heirMaps),
    ),
    ...CAPTURES.flatMap((capture) => loadCapture(capture, at, from.objects, maps)),
    ...loadConnections(connectionMap, at, { ...from, heirMaps }),
    ...(hasPackets ? loadCapture(PACKETS.capture, at, from.objects, known) : []),
    ...miningSteps(options, (capture) => loadCapture(capture, at, from.objects, maps)),
    ...Object.entries(pinned).flatMap(([table, map]) =>
      options.hasMapIterators
        ? pinTable(table, map, at, from.objects)
        : pinPages(table, map, at, from.objects),
    ),
    ...Object.entries(ACTING_TABLES).map(
      ([table, capture]): Step => ({
        do: 'rename',
        path: at.program(capture, table),
        to: join(at.tables, table),
      }),
    ),
    ...tables.flatMap((table) => handOver(join(at.tables, table), options.uid)),
    ...once.map(read),
    ...(hasPackets ? attachAll(PACKETS.capture, at, options) : []),
    ...miningSteps(options, (capture) => attachAll(capture, at, options)),
    ...makeCurrent(options.bpffs, version),
    ...takeOver(at.control, version, from.heir),
    ...adopting.map(read),
    ...[...once, ...adopting].map(remove),
  ];
}

/** Turns `current` to a version at once, whether or not there is one. */
export function makeCurrent(bpffs: string, version: Version): Step[] {
  const next = join(bpffs, 'next');
  return [
    remove(next),
    { do: 'symlink', path: next, target: versionName(version) },
    { do: 'rename', path: next, to: join(bpffs, 'current') },
  ];
}

/** Loads the packet programs with maps of their own, so that packets can be sent through them. */
export function proofSteps(directory: string, objects: string, sizes: Sizes): Step[] {
  const maps = mapShapes({ ...sizes, slots: PROOF_SLOTS });
  return [
    mkdir(directory, 0o700),
    ...maps.map((map) => makeMap(map, directory)),
    ...loadCapture('net', { maps: directory, programs: directory }, objects, maps),
  ];
}

/** What a kernel that refuses a source does without. */
export function withoutMining(source: string): string {
  return `the mining source ${source}`;
}

function mayFail(step: Step, without: string): Step {
  return step.do === 'bpftool' ? { ...step, without } : step;
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

function handOver(path: string, uid: number): Step[] {
  return [
    { do: 'chmod', path, mode: 0o400 },
    { do: 'chown', path, uid },
  ];
}

/** For each capture of mining that is wanted; the rest does without those that fail. */
function miningSteps(
  { mining }: LoadOptions,
  stepsOf: (capture: string) => readonly Step[],
): Step[] {
  return Object.entries(MINING_CAPTURES)
    .filter(([source]) => mining.some((wanted) => wanted === source))
    .flatMap(([source, capture]) =>
      stepsOf(capture).map((step) => mayFail(step, withoutMining(source))),
    );
}

function attachAll(capture: string, at: Places, { cgroup }: LoadOptions): Step[] {
  return Object.entries(CGROUP_PROGRAMS[capture] ?? {}).map(([program, hook]) => {
    const pin = at.program(capture, program);
    return bpftool('cgroup', 'attach', cgroup.path, hook, 'pinned', pin, 'multi');
  });
}

/**
 * From the last of these steps on the programs of this generation count, and no others on the same
 * maps. Until the step before the last those of the version that it takes over do: bpf/net/hand-over.h.
 */
function takeOver(control: string, { generation }: Version, heir: Version | undefined): Step[] {
  if (heir === undefined) return [activate(control, generation, 0)];
  return [
    activate(control, heir.generation, generation),
    activate(control, generation, heir.generation),
    activate(control, generation, 0),
  ];
}

/** Writes `struct control`, whose first eight octets the kernel copies at once. */
function activate(control: string, generation: number, other: number): Step {
  const value = Buffer.alloc(STORED_BYTES.control);
  value.writeUInt32LE(generation);
  value.writeUInt32LE(other, 4);
  return bpftool('map', 'update', 'pinned', control, 'key', 0, 0, 0, 0, 'value', ...value);
}

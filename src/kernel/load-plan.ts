import { join } from 'node:path';
import { possibleCpus, slotsFor, usageBytes } from './machine.ts';
import { type Version, versionName } from './pins.ts';
import type { Step } from './step.ts';
import { LAYOUT_HASH, STORED_BYTES } from './wire.gen.ts';

/** What is loaded, where to, and for whom. */
export interface LoadOptions {
  /** Directory of the pins, on a bpffs. */
  readonly bpffs: string;
  /** Root of what is observed: its directory, its id (inode) and its depth in the hierarchy. */
  readonly cgroup: { readonly path: string; readonly id: number; readonly level: number };
  /** Where the whole cgroup v2 hierarchy is mounted. */
  readonly cgroupMount: string;
  /** Who may read the tables. */
  readonly uid: number;
  readonly retentionMs: number;
  readonly mapMemoryBytes: number;
  /** Directory of the compiled objects. */
  readonly objects: string;
}

/** The sizes that follow from the machine. */
export interface Sizes {
  readonly cpus: number;
  readonly slots: number;
}

export async function sizesFor(mapMemoryBytes: number): Promise<Sizes> {
  const cpus = await possibleCpus();
  return { cpus, slots: slotsFor(cpus, mapMemoryBytes) };
}

/** Captures in the order in which they are loaded, each on its own. */
export const CAPTURES = ['cgroup', 'cpu', 'net', 'tcp'] as const;

/** Tables that are an iterator over one map; `reap` comes with the cgroup capture. */
const TABLES = { usage: 'usage_by_slot', path: 'path_by_slot', node: 'node_by_cpu' } as const;

/** Programs that bpftool cannot attach by itself, and where they go. */
export const PACKET_PROGRAMS = { count_transmit: 'egress', count_receive: 'ingress' } as const;

/** Names of the objects, captures and tables alike. */
export const OBJECTS: readonly string[] = [
  ...CAPTURES,
  ...Object.keys(TABLES).map((table) => `${table}.iter`),
];

/** The reserved rows and a few more. */
const PROOF_SLOTS = 8;

/** BPF_F_MMAPABLE: the values begin on a page, so that no two CPUs share a cache line. */
const ON_A_PAGE = 1 << 10;

interface MapShape {
  readonly name: string;
  readonly type: 'array' | 'hash' | 'queue';
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly entries: number;
  readonly flags?: number;
}

function mapShapes({ cpus, slots }: Sizes): MapShape[] {
  const array = { type: 'array', keyBytes: 4 } as const;
  const bySlot = { ...array, entries: slots };
  return [
    { ...array, name: 'control', valueBytes: STORED_BYTES.control, entries: 1 },
    { name: 'slot_by_cgroup', type: 'hash', keyBytes: 8, valueBytes: 4, entries: slots },
    { ...bySlot, name: 'usage_by_slot', valueBytes: usageBytes(cpus), flags: ON_A_PAGE },
    { ...bySlot, name: 'path_by_slot', valueBytes: STORED_BYTES.pathRow },
    { name: 'free_slots', type: 'queue', keyBytes: 0, valueBytes: 4, entries: slots },
    {
      ...array,
      name: 'node_by_cpu',
      valueBytes: STORED_BYTES.node,
      entries: cpus,
      flags: ON_A_PAGE,
    },
  ];
}

/** What the objects' `const volatile` variables are set to. */
export function constantsFor(
  options: LoadOptions,
  sizes: Sizes,
  generation: number,
): Record<string, number | bigint> {
  return {
    generation,
    nr_cpus: sizes.cpus,
    nr_slots: sizes.slots,
    root_id: options.cgroup.id,
    root_level: options.cgroup.level,
    retention_ns: BigInt(options.retentionMs) * 1_000_000n,
  };
}

/** Two loads share their maps if, and only if, their layouts are equal. */
export function layoutOf({ cpus }: Sizes): string {
  return ((Number.parseInt(LAYOUT_HASH, 16) ^ cpus) >>> 0).toString(16).padStart(8, '0');
}

/** Where one version keeps its things. */
export interface Places {
  readonly root: string;
  readonly maps: string;
  readonly programs: string;
  readonly tables: string;
  readonly control: string;
  readonly packetProgram: (program: string) => string;
}

export function placesOf(bpffs: string, version: Version): Places {
  const root = join(bpffs, versionName(version));
  return {
    root,
    maps: join(root, 'maps'),
    programs: join(root, 'programs'),
    tables: join(root, 'tables'),
    control: join(root, 'maps', 'control'),
    packetProgram: (program: string) => join(root, 'programs', 'net', program),
  };
}

/**
 * Loads a version beside what is there. Until its last steps nothing of it acts: the programs look
 * at `control` first, so an interrupted load has attached nothing that counts.
 */
export function loadSteps(
  options: LoadOptions,
  version: Version,
  from: { readonly sizes: Sizes; readonly objects: string; readonly heir?: Version | undefined },
): Step[] {
  const at = placesOf(options.bpffs, version);
  const heirMaps = from.heir && placesOf(options.bpffs, from.heir).maps;
  const maps = mapShapes(from.sizes);
  return [
    ...[at.root, at.tables].map((path) => mkdir(path, 0o755)),
    ...[at.maps, at.programs].map((path) => mkdir(path, 0o700)),
    ...maps.map((map) => makeMap(map, at.maps, heirMaps)),
    ...CAPTURES.flatMap((capture) => loadCapture(capture, at, from.objects, maps)),
    ...Object.entries(TABLES).map(([table, map]) => pinTable(table, map, at, from.objects)),
    { do: 'rename', path: join(at.programs, 'cgroup', 'reap'), to: join(at.tables, 'reap') },
    ...[...Object.keys(TABLES), 'reap'].flatMap((table) =>
      handOver(join(at.tables, table), options.uid),
    ),
    { do: 'read', path: join(at.programs, 'cgroup', 'prepare') },
    ...Object.entries(PACKET_PROGRAMS).map(([program, hook]) =>
      attach(options.cgroup.path, hook, at.packetProgram(program)),
    ),
    ...makeCurrent(options.bpffs, version),
    activate(at.control, version.generation),
    { do: 'read', path: join(at.programs, 'cgroup', 'adopt') },
    ...['prepare', 'adopt'].map(
      (program): Step => ({ do: 'remove', path: join(at.programs, 'cgroup', program) }),
    ),
  ];
}

/** Turns `current` to a version at once, whether or not there is one. */
export function makeCurrent(bpffs: string, version: Version): Step[] {
  const next = join(bpffs, 'next');
  return [
    { do: 'remove', path: next },
    { do: 'symlink', path: next, target: versionName(version) },
    { do: 'rename', path: next, to: join(bpffs, 'current') },
  ];
}

/** Loads the packet programs with maps of their own, so that packets can be sent through them. */
export function proofSteps(directory: string, objects: string, sizes: Sizes): Step[] {
  const maps = mapShapes({ ...sizes, slots: PROOF_SLOTS });
  return [
    mkdir(directory, 0o700),
    ...maps.map((map) => makeMap(map, directory, undefined)),
    ...loadCapture('net', { maps: directory, programs: directory }, objects, maps),
  ];
}

function mkdir(path: string, mode: number): Step {
  return { do: 'mkdir', path, mode };
}

function makeMap(map: MapShape, directory: string, heirMaps: string | undefined): Step {
  const path = join(directory, map.name);
  if (heirMaps !== undefined)
    return bpftool('map', 'pin', 'pinned', join(heirMaps, map.name), path);
  const sizes = ['key', map.keyBytes, 'value', map.valueBytes, 'entries', map.entries];
  return bpftool(
    'map',
    'create',
    path,
    'type',
    map.type,
    ...sizes,
    'name',
    map.name,
    ...flags(map),
  );
}

function flags({ flags }: MapShape): (string | number)[] {
  return flags === undefined ? [] : ['flags', flags];
}

function loadCapture(
  capture: string,
  at: { readonly maps: string; readonly programs: string },
  objects: string,
  maps: readonly MapShape[],
): Step[] {
  const shared = maps.flatMap(({ name }) => ['map', 'name', name, 'pinned', join(at.maps, name)]);
  const object = join(objects, `${capture}.bpf.o`);
  const pins = join(at.programs, capture);
  return [mkdir(pins, 0o700), bpftool('prog', 'loadall', object, pins, ...shared, 'autoattach')];
}

function pinTable(
  table: string,
  map: string,
  at: { readonly maps: string; readonly tables: string },
  objects: string,
): Step {
  const object = join(objects, `${table}.iter.bpf.o`);
  return bpftool(
    'iter',
    'pin',
    object,
    join(at.tables, table),
    'map',
    'pinned',
    join(at.maps, map),
  );
}

function handOver(path: string, uid: number): Step[] {
  return [
    { do: 'chmod', path, mode: 0o400 },
    { do: 'chown', path, uid },
  ];
}

function attach(cgroup: string, hook: string, program: string): Step {
  return bpftool('cgroup', 'attach', cgroup, hook, 'pinned', program, 'multi');
}

/** From this step on the programs of this generation count, and no others on the same maps. */
function activate(control: string, generation: number): Step {
  const value = Buffer.alloc(STORED_BYTES.control);
  value.writeUInt32LE(generation);
  return bpftool('map', 'update', 'pinned', control, 'key', 0, 0, 0, 0, 'value', ...value);
}

function bpftool(...args: readonly (string | number)[]): Step {
  return { do: 'bpftool', args: args.map(String) };
}

import { join } from 'node:path';
import type { MiningSource } from '../core/mining-source.ts';
import { answersFor, cluesFor, flowsFor } from './machine.ts';
import { makeMap, mapShapes, type Sizes } from './map-shapes.ts';
import { type Version, versionName } from './pins.ts';
import { bpftool, type Step } from './step.ts';
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
  /** Whether packets are looked at. */
  readonly hasPackets: boolean;
  /** What is looked at for signs of mining. */
  readonly mining: readonly MiningSource[];
  /** Directory of the compiled objects. */
  readonly objects: string;
}

/** Captures in the order in which they are loaded, each on its own. */
export const CAPTURES = ['cgroup', 'cpu', 'tcp', 'sweep'] as const;

/** The capture that looks at packets, and the table that is its alone. */
const PACKETS = { capture: 'net', table: 'answer', map: 'answer_by_slot' } as const;

/** The capture that keeps something at sockets, and the map in which it does. */
const CONNECTIONS = { capture: 'flow', map: 'connection_of_socket' } as const;

/**
 * The captures that look for mining, by what they look at. Each does without the others, and all
 * else without them.
 */
const MINING_CAPTURES: Readonly<Record<MiningSource, string>> = { fpu: 'fpu' };

/** Tables that are an iterator over one map. */
const TABLES = {
  usage: 'usage_by_slot',
  path: 'path_by_slot',
  node: 'node_by_cpu',
  flow: 'flow_by_slot',
  footprint: 'footprint_by_slot',
  clue: 'clue_by_slot',
} as const;

/** The same over the sockets that are open. */
const CONNECTION_TABLE = 'connection';

/** Tables that come with a capture, and act when they are opened. */
const ACTING_TABLES = { reap: 'cgroup', sweep: 'sweep' } as const;

/** Programs that see packets, and the hooks of a cgroup that they go to. */
export const PACKET_PROGRAMS = { count_transmit: 'egress', count_receive: 'ingress' } as const;

/** All that bpftool cannot attach by itself. */
export const CGROUP_PROGRAMS: Readonly<Record<string, string>> = {
  ...PACKET_PROGRAMS,
  note_release: 'sock_release',
};

/** Names of the objects, captures and tables alike. */
export const OBJECTS: readonly string[] = [
  ...CAPTURES,
  PACKETS.capture,
  CONNECTIONS.capture,
  ...Object.values(MINING_CAPTURES),
  ...[...Object.keys(TABLES), PACKETS.table, CONNECTION_TABLE].map((table) => `${table}.iter`),
];

/** The reserved rows and a few more. */
const PROOF_SLOTS = 8;

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
    nr_flows: flowsFor(sizes.slots),
    nr_answers: answersFor(sizes.cpus),
    nr_clues: cluesFor(sizes.cpus),
    root_id: options.cgroup.id,
    root_level: options.cgroup.level,
    retention_ns: BigInt(options.retentionMs) * 1_000_000n,
  };
}

/** The same for a proof, whose maps are as they were made. */
export function proofConstants(sizes: Sizes): Record<string, number | bigint> {
  return {
    generation: 0,
    nr_cpus: sizes.cpus,
    nr_slots: PROOF_SLOTS,
    nr_flows: flowsFor(PROOF_SLOTS),
    nr_answers: answersFor(sizes.cpus),
    nr_clues: cluesFor(sizes.cpus),
    is_proof: 1,
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

/** What a version is loaded from. */
export interface LoadFrom {
  readonly sizes: Sizes;
  /** Directory of the objects, with their constants set. */
  readonly objects: string;
  /** The version whose maps it takes over. */
  readonly heir?: Version | undefined;
  /** Whether the kernel can track connections. */
  readonly hasConnections: boolean;
}

/**
 * Loads a version beside what is there. Until its last steps nothing of it acts: the programs look
 * at `control` first, so an interrupted load has attached nothing that counts.
 */
export function loadSteps(options: LoadOptions, version: Version, from: LoadFrom): Step[] {
  const at = placesOf(options.bpffs, version);
  const heirMaps = from.heir && placesOf(options.bpffs, from.heir).maps;
  const maps = mapShapes(from.sizes);
  const known = from.hasConnections ? [...maps, { name: CONNECTIONS.map }] : maps;
  const own = (capture: string, program: string) => join(at.programs, capture, program);
  const once = [own('sweep', 'prepare_flows'), own('cgroup', 'prepare')];
  const adopting = [own('cgroup', 'adopt')];
  const pinned = options.hasPackets ? { ...TABLES, [PACKETS.table]: PACKETS.map } : TABLES;
  const attached = options.hasPackets ? Object.entries(CGROUP_PROGRAMS) : [];
  const tables = [...Object.keys(pinned), ...Object.keys(ACTING_TABLES)];
  if (from.hasConnections) {
    adopting.push(own(CONNECTIONS.capture, 'adopt_connections'));
    tables.push(CONNECTION_TABLE);
  }
  return [
    ...[at.root, at.tables].map((path) => mkdir(path, 0o755)),
    ...[at.maps, at.programs].map((path) => mkdir(path, 0o700)),
    ...maps.map((map) => makeMap(map, at.maps, heirMaps)),
    ...CAPTURES.flatMap((capture) => loadCapture(capture, at, from.objects, maps)),
    ...(from.hasConnections ? loadConnections(at, heirMaps, from.objects, maps) : []),
    ...(options.hasPackets ? loadCapture(PACKETS.capture, at, from.objects, known) : []),
    ...options.mining.flatMap((source) => {
      const steps = loadCapture(MINING_CAPTURES[source], at, from.objects, maps);
      return steps.map((step) => mayFail(step, `the mining source ${source}`));
    }),
    ...Object.entries(pinned).map(([table, map]) => pinTable(table, map, at, from.objects)),
    ...Object.entries(ACTING_TABLES).map(
      ([table, capture]): Step => ({
        do: 'rename',
        path: own(capture, table),
        to: join(at.tables, table),
      }),
    ),
    ...tables.flatMap((table) => handOver(join(at.tables, table), options.uid)),
    ...once.map(read),
    ...attached.map(([program, hook]) =>
      attach(options.cgroup.path, hook, at.packetProgram(program)),
    ),
    ...makeCurrent(options.bpffs, version),
    activate(at.control, version.generation),
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
    ...maps.map((map) => makeMap(map, directory, undefined)),
    ...loadCapture('net', { maps: directory, programs: directory }, objects, maps),
  ];
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

function loadCapture(
  capture: string,
  at: { readonly maps: string; readonly programs: string },
  objects: string,
  maps: readonly { readonly name: string }[],
  ...more: readonly string[]
): Step[] {
  const shared = maps.flatMap(({ name }) => ['map', 'name', name, 'pinned', join(at.maps, name)]);
  const object = join(objects, `${capture}.bpf.o`);
  const pins = join(at.programs, capture);
  const load = ['prog', 'loadall', object, pins, ...shared, ...more, 'autoattach'];
  return [mkdir(pins, 0o700), bpftool(...load)];
}

/**
 * The capture with the map that only an object can make, as its values are described by BTF: taken
 * over, so that no connection is forgotten, or pinned when it was made.
 */
function loadConnections(
  at: Places,
  heirMaps: string | undefined,
  objects: string,
  maps: readonly { readonly name: string }[],
): Step[] {
  const { capture, map } = CONNECTIONS;
  const pinned = join(at.maps, map);
  const made = join(at.root, 'made');
  const loaded =
    heirMaps === undefined
      ? [
          ...loadCapture(capture, at, objects, maps, 'pinmaps', made),
          { do: 'rename', path: join(made, map), to: pinned } as const,
          remove(made),
        ]
      : [
          bpftool('map', 'pin', 'pinned', join(heirMaps, map), pinned),
          ...loadCapture(capture, at, objects, [...maps, { name: map }]),
        ];
  return [...loaded, pinTable(CONNECTION_TABLE, map, at, objects)];
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

import { join } from 'node:path';
import type { KernelFeatures } from '../kernel-features.ts';
import {
  answersFor,
  CLUES,
  connectionsFor,
  flowBytes,
  flowsFor,
  possibleCpus,
  slotsFor,
  usageBytes,
} from '../machine.ts';
import { STORED_BYTES } from '../tables/wire.gen.ts';
import { bpftool, type Step } from './step.ts';

/** The sizes that follow from the machine. */
export interface Sizes {
  readonly cpus: number;
  readonly slots: number;
}

export async function sizesFor(
  mapMemoryBytes: number,
  { hasMapIterators, hasSocketStorage }: KernelFeatures,
): Promise<Sizes> {
  const cpus = await possibleCpus();
  return { cpus, slots: slotsFor({ cpus, hasMapIterators, hasSocketStorage }, mapMemoryBytes) };
}

/** BPF_F_MMAPABLE: the values begin on a page, so that what lies together shares a cache line. */
const ON_A_PAGE = 1 << 10;
/** BPF_F_NO_PREALLOC: an entry that is deleted keeps its memory until nobody looks at it. */
const AS_NEEDED = 1;

/** A map that bpftool makes, as its sizes follow from the machine. */
export interface MapShape {
  readonly name: string;
  readonly type: 'array' | 'hash' | 'lru_hash' | 'queue';
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly entries: number;
  readonly flags?: number;
}

/** Of a lock that is given back, and of those whose holders did not. */
const SETTLING_ROUNDS = 8;

/** The maps that all objects share. */
export function mapShapes({ cpus, slots }: Sizes): MapShape[] {
  const array = { type: 'array', keyBytes: 4 } as const;
  const bySlot = { ...array, entries: slots };
  const flows = flowsFor(slots);
  return [
    { ...array, name: 'control', valueBytes: STORED_BYTES.control, entries: 1 },
    { name: 'slot_by_cgroup', type: 'hash', keyBytes: 8, valueBytes: 4, entries: slots },
    { name: 'slot_by_rowless', type: 'lru_hash', keyBytes: 8, valueBytes: 4, entries: slots },
    { ...bySlot, name: 'usage_by_slot', valueBytes: usageBytes(cpus), flags: ON_A_PAGE },
    { ...bySlot, name: 'path_by_slot', valueBytes: STORED_BYTES.pathRow },
    { name: 'free_slots', type: 'queue', keyBytes: 0, valueBytes: 4, entries: slots },
    {
      ...array,
      name: 'flow_by_slot',
      valueBytes: flowBytes(cpus),
      entries: slots + flows,
      flags: ON_A_PAGE,
    },
    {
      name: 'slot_by_flow',
      type: 'hash',
      keyBytes: STORED_BYTES.flowKey,
      valueBytes: 4,
      entries: flows,
    },
    { name: 'free_flows', type: 'queue', keyBytes: 0, valueBytes: 4, entries: flows },
    { name: 'settling', type: 'hash', keyBytes: 4, valueBytes: 8, entries: SETTLING_ROUNDS },
    {
      ...array,
      name: 'answer_by_slot',
      valueBytes: STORED_BYTES.answerRow,
      entries: cpus * answersFor(cpus),
    },
    {
      ...array,
      name: 'clue_by_slot',
      valueBytes: STORED_BYTES.clueRow,
      entries: CLUES,
    },
    { name: 'free_clues', type: 'queue', keyBytes: 0, valueBytes: 4, entries: CLUES },
    { ...bySlot, name: 'footprint_by_slot', valueBytes: STORED_BYTES.footprintRow },
    {
      ...array,
      name: 'state_by_cpu',
      valueBytes: STORED_BYTES.cpuState,
      entries: cpus,
      flags: ON_A_PAGE,
    },
  ];
}

/** Where connections are kept: at their sockets, or by the addresses of these. */
export function connectionMapName(hasSocketStorage: boolean): string {
  return hasSocketStorage ? 'connection_of_socket' : 'connection_by_address';
}

/** The map of connections by address; storage of sockets has no size of its own. */
export function connectionShape({ slots }: Sizes): MapShape {
  return {
    name: connectionMapName(false),
    type: 'hash',
    keyBytes: 8,
    valueBytes: STORED_BYTES.connection,
    entries: connectionsFor(slots),
    flags: AS_NEEDED,
  };
}

/** Pins a map that is taken over. */
export function inheritMap(name: string, directory: string, heirMaps: string): Step {
  return bpftool('map', 'pin', 'pinned', join(heirMaps, name), join(directory, name));
}

export function makeMap(map: MapShape, directory: string): Step {
  const path = join(directory, map.name);
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

import { join } from 'node:path';
import { CLUES, connectionsFor, flowsFor, type Sizes } from '../machine.ts';
import { connectionMapName, TABLE_NAMES, TABLES } from '../tables/catalog.ts';
import { STORED_BYTES } from '../tables/wire.gen.ts';
import { bpftool, type Step } from './step.ts';

/** BPF_F_MMAPABLE: values are page-aligned, so adjacent fields share a cache line. */
const ON_A_PAGE = 1 << 10;
/** BPF_F_NO_PREALLOC: a deleted entry is not reused while a program can still access it. */
const AS_NEEDED = 1;

/** A map created by bpftool, because its size depends on the machine. */
export interface MapShape {
  readonly name: string;
  readonly type: 'array' | 'hash' | 'lru_hash' | 'queue';
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly entries: number;
  readonly flags?: number;
}

/** One lock, and those of previous rounds that were not released. */
const SETTLING_ROUNDS = 8;

/** The maps that all objects share. */
export function mapShapes(sizes: Sizes): MapShape[] {
  const { slots } = sizes;
  const flows = flowsFor(slots);
  const slotOf = { type: 'hash', keyBytes: 8, valueBytes: 4, entries: slots } as const;
  const queue = { type: 'queue', keyBytes: 0, valueBytes: 4 } as const;
  return [
    { name: 'control', type: 'array', keyBytes: 4, valueBytes: STORED_BYTES.control, entries: 1 },
    { ...slotOf, name: 'slot_by_cgroup' },
    { ...slotOf, name: 'slot_by_rowless', type: 'lru_hash' },
    { ...slotOf, name: 'slot_by_flow', keyBytes: STORED_BYTES.flowKey, entries: flows },
    { ...queue, name: 'free_slots', entries: slots },
    { ...queue, name: 'free_flows', entries: flows },
    { ...queue, name: 'free_clues', entries: CLUES },
    { name: 'settling', type: 'hash', keyBytes: 4, valueBytes: 8, entries: SETTLING_ROUNDS },
    ...TABLE_NAMES.flatMap((table) => tableShape(table, sizes) ?? []),
  ];
}

function tableShape(table: keyof typeof TABLES, sizes: Sizes): MapShape | undefined {
  const map = TABLES[table].map?.(sizes);
  if (map === undefined) return undefined;
  const { name, valueBytes, entries, isOnPage } = map;
  const shape = { name, type: 'array', keyBytes: 4, valueBytes, entries } as const;
  return isOnPage ? { ...shape, flags: ON_A_PAGE } : shape;
}

/** The map of connections by address. Socket storage has no fixed size. */
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

/** Pins a map of another version again. */
export function inheritMap(name: string, directory: string, heirMaps: string): Step {
  return bpftool('map', 'pin', 'pinned', join(heirMaps, name), join(directory, name));
}

export function makeMap(map: MapShape, directory: string): Step {
  const path = join(directory, map.name);
  const sizes = ['key', map.keyBytes, 'value', map.valueBytes, 'entries', map.entries];
  const flags = map.flags === undefined ? [] : ['flags', map.flags];
  return bpftool('map', 'create', path, 'type', map.type, ...sizes, 'name', map.name, ...flags);
}

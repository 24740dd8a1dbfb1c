import { join } from 'node:path';
import { CLUES, connectionsFor, flowsFor, type Sizes } from '../machine.ts';
import { connectionMapName, TABLE_NAMES, TABLES } from '../tables/catalog.ts';
import { STORED_BYTES } from '../tables/wire.gen.ts';
import { bpftool, type Step } from './step.ts';

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
  const flags = map.flags === undefined ? [] : ['flags', map.flags];
  return bpftool('map', 'create', path, 'type', map.type, ...sizes, 'name', map.name, ...flags);
}

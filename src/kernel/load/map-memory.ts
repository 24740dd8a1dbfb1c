import type { KernelFeatures } from '../kernel-features.ts';
import { connectionsFor, flowsFor, MachineError, possibleCpus, type Sizes } from '../machine.ts';
import { flowRow } from '../tables/wire.gen.ts';
import { connectionShape, type MapShape, mapShapes } from './map-shapes.ts';

/** MAX_CPUS of bpf/lib/maps.h: how many the verifier walks through. */
const MAX_CPUS = 1024;
const MIN_SLOTS = 256;
/** More cgroups than a node runs pods for; a larger table would only be walked for longer. */
const MAX_SLOTS = 8192;

/** What the kernel needs for an entry of a hash beside what is in it: its header and its bucket. */
const HASH_ENTRY_BYTES = 64;

/** What of a machine decides how much the maps take. */
export interface Machine extends KernelFeatures {
  readonly cpus: number;
}

export async function sizesFor(mapMemoryBytes: number, features: KernelFeatures): Promise<Sizes> {
  const cpus = await possibleCpus();
  return { cpus, slots: slotsFor({ ...features, cpus }, mapMemoryBytes) };
}

/** Kernel memory of all maps with so many slots, in bytes. */
export function memoryFor(machine: Machine, slots: number): number {
  const { cpus, hasMapIterators, hasSocketStorage } = machine;
  const sizes = { cpus, slots };
  const shapes = [...mapShapes(sizes), ...(hasSocketStorage ? [] : [connectionShape(sizes)])];
  const bytes = shapes.reduce((total, shape) => total + bytesOf(shape), 0);
  return bytes + (hasMapIterators ? 0 : LISTED_BYTES);
}

function bytesOf({ type, keyBytes, valueBytes, entries }: MapShape): number {
  const isHash = type === 'hash' || type === 'lru_hash';
  return entries * (valueBytes + (isHash ? keyBytes + HASH_ENTRY_BYTES : 0));
}

/** Addresses of connections, listed to be read by pages: bpf/flow/connection.iter.bpf.c. */
const LISTED_BYTES = 8 * connectionsFor(MAX_SLOTS);

/** Of a table that comes by pages: one for each of the kernel's slab caches, of which 6.18 has 236. */
const PAGES = 160;
/** PAGE_OF_ROWS of bpf/lib/tables.h. */
const PAGE_BYTES = 32_767;

/** The flow table is the longest for its slots, and its rows are not the narrowest. */
function mostSlots({ hasMapIterators }: Machine): number {
  if (hasMapIterators) return MAX_SLOTS;
  const rows = PAGES * Math.floor(PAGE_BYTES / flowRow.size);
  return Math.min(MAX_SLOTS, Math.floor(rows / (1 + flowsFor(1))));
}

/** How many cgroups fit the memory allowed. */
export function slotsFor(machine: Machine, memoryBytes: number): number {
  const { cpus } = machine;
  if (cpus > MAX_CPUS)
    throw new MachineError(`${cpus} possible CPUs: at most ${MAX_CPUS} can be read`);
  const fixedBytes = memoryFor(machine, 0);
  const slots = Math.floor((memoryBytes - fixedBytes) / (memoryFor(machine, 1) - fixedBytes));
  if (slots >= MIN_SLOTS) return Math.min(slots, mostSlots(machine));
  const wanted = Math.ceil(memoryFor(machine, MIN_SLOTS) / 1024 ** 2);
  throw new MachineError(`${cpus} possible CPUs need --map-memory ${wanted}MiB at the least`);
}

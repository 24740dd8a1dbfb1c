import type { KernelFeatures } from '../kernel-features.ts';
import { connectionsFor, flowsFor, MachineError, possibleCpus, type Sizes } from '../machine.ts';
import { flowRow } from '../tables/wire.gen.ts';
import { connectionShape, type MapShape, mapShapes } from './map-shapes.ts';

/** MAX_CPUS of bpf/lib/maps.h, a limit of the verifier. */
const MAX_CPUS = 1024;
const MIN_SLOTS = 256;
/** More cgroups than a node has. A larger table would only take longer to read. */
const MAX_SLOTS = 8192;

/** The kernel's overhead per hash entry: its header and bucket. */
const HASH_ENTRY_BYTES = 64;

/** Properties of a machine that affect the size of the maps. */
export interface Machine extends KernelFeatures {
  readonly cpus: number;
}

export async function sizesFor(mapMemoryBytes: number, features: KernelFeatures): Promise<Sizes> {
  const cpus = await possibleCpus();
  return { cpus, slots: slotsFor({ ...features, cpus }, mapMemoryBytes) };
}

/** Kernel memory of all maps for this number of slots, in bytes. */
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

/** A list of connection addresses, for reading by pages: bpf/flow/connection.iter.bpf.c. */
const LISTED_BYTES = 8 * connectionsFor(MAX_SLOTS);

/** A table by pages has one page per slab cache of the kernel. Linux 6.18 has 236 caches. */
const PAGES = 160;
/** PAGE_OF_ROWS of bpf/lib/tables.h. */
const PAGE_BYTES = 32_767;

/** The flow table is the largest of the tables. */
function maxSlots({ hasMapIterators }: Machine): number {
  if (hasMapIterators) return MAX_SLOTS;
  const rows = PAGES * Math.floor(PAGE_BYTES / flowRow.size);
  return Math.min(MAX_SLOTS, Math.floor(rows / (1 + flowsFor(1))));
}

/** Number of cgroups that fit the allowed memory. */
export function slotsFor(machine: Machine, memoryBytes: number): number {
  const { cpus } = machine;
  if (cpus > MAX_CPUS) throw new MachineError(`${cpus} possible CPUs: the limit is ${MAX_CPUS}`);
  const fixedBytes = memoryFor(machine, 0);
  const slots = Math.floor((memoryBytes - fixedBytes) / (memoryFor(machine, 1) - fixedBytes));
  if (slots >= MIN_SLOTS) return Math.min(slots, maxSlots(machine));
  const wanted = Math.ceil(memoryFor(machine, MIN_SLOTS) / 1024 ** 2);
  throw new MachineError(`${cpus} possible CPUs need at least --map-memory ${wanted}MiB`);
}

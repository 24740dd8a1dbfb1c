import { readFile } from 'node:fs/promises';
import type { KernelFeatures } from './kernel-features.ts';
import { flowRow, STORED_BYTES } from './tables/wire.gen.ts';

/** The machine is larger, or the memory allowed smaller, than the tables can do with. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** MAX_CPUS of bpf/lib/maps.h: how many the verifier walks through. */
const MAX_CPUS = 1024;
const MIN_SLOTS = 256;
/** More cgroups than a node runs pods for; a larger table would only be walked for longer. */
const MAX_SLOTS = 8192;
/** A hash entry: key, value and the kernel's own element header, rounded up. */
const HASH_ENTRY_BYTES = 64;
/** DNS answers of one CPU that are kept until they are read; names come again. */
const ANSWERS = 512;
/** Beyond so many CPUs each has fewer. */
const CPUS_WITH_ALL_ANSWERS = 64;

/** Clues that are kept until they are read, of all CPUs. */
export const CLUES = 2048;

/** What of a machine decides how much a table takes. */
export interface Machine extends KernelFeatures {
  readonly cpus: number;
}

/** CPUs that may ever come up: the kernel sizes per-CPU things by it. */
export async function possibleCpus(): Promise<number> {
  const list = await readFile('/sys/devices/system/cpu/possible', 'utf8');
  return parseCpuList(list);
}

/** `0-3`, `0`, `0-3,8-11`: one more than the highest. */
export function parseCpuList(list: string): number {
  const highest = /(\d+)\s*$/.exec(list)?.[1];
  if (highest === undefined) throw new MachineError(`no list of CPUs: ${JSON.stringify(list)}`);
  return Number(highest) + 1;
}

/** Bytes of one row of the usage table: a head, and a cell a CPU. */
export function usageBytes(cpus: number): number {
  return STORED_BYTES.usage + cpus * STORED_BYTES.usageCell;
}

/** Bytes of one row of the flow table: the same. */
export function flowBytes(cpus: number): number {
  return STORED_BYTES.flow + cpus * STORED_BYTES.flowCell;
}

/** Peers that a cgroup may have on the average before rows of the flow table are given away. */
const FLOWS_PER_SLOT = 2;

/** Rows of the flow table beside the one that each cgroup has for its other peers. */
export function flowsFor(slots: number): number {
  return FLOWS_PER_SLOT * slots;
}

/** DNS answers of one CPU that are kept until they are read. */
export function answersFor(cpus: number): number {
  return Math.floor(ANSWERS * Math.min(1, CPUS_WITH_ALL_ANSWERS / cpus));
}

/** As many for each cgroup on the average; only those that are there take memory: decision 27. */
const CONNECTIONS_PER_SLOT = 8;
/** A hash entry of that size: the kernel's size class above it, and its share of the buckets. */
const CONNECTION_BYTES = STORED_BYTES.connection + 2 * HASH_ENTRY_BYTES;

/**
 * TCP connections that are tracked at once, and sockets that are marked. What is known of further
 * connections is what they are when they end, and each packet of further sockets costs more.
 */
export function connectionsFor(slots: number): number {
  return CONNECTIONS_PER_SLOT * slots;
}

/** The addresses of all that there may be, listed to be read by pages: bpf/flow/connection.iter.bpf.c. */
const LISTED_BYTES = 8 * connectionsFor(MAX_SLOTS);

/** Kernel memory of what does not grow with the number of rows. */
function fixedBytes({ cpus, hasMapIterators }: Machine): number {
  const answers = cpus * answersFor(cpus) * STORED_BYTES.answerRow;
  const clues = CLUES * STORED_BYTES.clueRow;
  return answers + clues + (hasMapIterators ? 0 : LISTED_BYTES);
}

/** Kernel memory that so many rows take in all tables. */
export function memoryFor(machine: Machine, slots: number): number {
  return fixedBytes(machine) + slots * bytesPerSlot(machine);
}

/** Kernel memory that a row takes in all tables. */
function bytesPerSlot({ cpus, hasSocketStorage }: Machine): number {
  const perFlow = flowBytes(cpus) + STORED_BYTES.flowKey + HASH_ENTRY_BYTES;
  const connections = hasSocketStorage ? 0 : connectionsFor(1);
  return (
    usageBytes(cpus) +
    STORED_BYTES.pathRow +
    STORED_BYTES.footprintRow +
    2 * HASH_ENTRY_BYTES +
    flowBytes(cpus) +
    flowsFor(1) * perFlow +
    connections * CONNECTION_BYTES
  );
}

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
  const rowBytes = bytesPerSlot(machine);
  const slots = Math.floor((memoryBytes - fixedBytes(machine)) / rowBytes);
  if (slots >= MIN_SLOTS) return Math.min(slots, mostSlots(machine));
  const wanted = Math.ceil(memoryFor(machine, MIN_SLOTS) / 1024 ** 2);
  throw new MachineError(`${cpus} possible CPUs need --map-memory ${wanted}MiB at the least`);
}

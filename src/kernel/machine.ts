import { readFile } from 'node:fs/promises';
import { STORED_BYTES } from './tables/wire.gen.ts';

/** The sizes that follow from the machine. */
export interface Sizes {
  readonly cpus: number;
  readonly slots: number;
}

/** The machine is larger, or the memory allowed smaller, than the tables can do with. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** DNS answers of one CPU that are kept until they are read; names come again. */
const ANSWERS = 512;
/** Beyond so many CPUs each has fewer. */
const CPUS_WITH_ALL_ANSWERS = 64;

/** Clues that are kept until they are read, of all CPUs. */
export const CLUES = 2048;

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
/**
 * TCP connections that are tracked at once, and sockets that are marked. What is known of further
 * connections is what they are when they end, and each packet of further sockets costs more.
 */
export function connectionsFor(slots: number): number {
  return CONNECTIONS_PER_SLOT * slots;
}

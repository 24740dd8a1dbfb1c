import { readFile } from 'node:fs/promises';
import { STORED_BYTES } from './tables/wire.gen.ts';

/** Sizes that depend on the machine. */
export interface Sizes {
  readonly cpus: number;
  readonly slots: number;
}

/** The machine has too many CPUs, or the allowed memory is too small for the tables. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** DNS answers stored per CPU until they are read. A lost name usually occurs again. */
const ANSWERS = 512;
/** With more CPUs, each has fewer answers. */
const CPUS_WITH_ALL_ANSWERS = 64;

/** Clues stored until they are read, for all CPUs together. */
export const CLUES = 2048;

/** CPUs that can ever come online. The kernel sizes per-CPU data by it. */
export async function possibleCpus(): Promise<number> {
  const list = await readFile('/sys/devices/system/cpu/possible', 'utf8');
  return parseCpuList(list);
}

/** One more than the highest number in `0-3`, `0` or `0-3,8-11`. */
export function parseCpuList(list: string): number {
  const highest = /(\d+)\s*$/.exec(list)?.[1];
  if (highest === undefined)
    throw new MachineError(`cannot parse the list of CPUs: ${JSON.stringify(list)}`);
  return Number(highest) + 1;
}

/** Bytes of one row of the usage table: a head, and one cell per CPU. */
export function usageBytes(cpus: number): number {
  return STORED_BYTES.usage + cpus * STORED_BYTES.usageCell;
}

/** The same for the flow table. */
export function flowBytes(cpus: number): number {
  return STORED_BYTES.flow + cpus * STORED_BYTES.flowCell;
}

/** Mean number of peers per cgroup for which the flow table has rows. */
const FLOWS_PER_SLOT = 2;

/** Rows of the flow table, in addition to one per cgroup for its other peers. */
export function flowsFor(slots: number): number {
  return FLOWS_PER_SLOT * slots;
}

/** DNS answers stored per CPU until they are read. */
export function answersFor(cpus: number): number {
  return Math.floor(ANSWERS * Math.min(1, CPUS_WITH_ALL_ANSWERS / cpus));
}

/** Mean number per cgroup. Only existing connections use memory: decision 27. */
const CONNECTIONS_PER_SLOT = 8;
/**
 * Maximum number of tracked TCP connections, and of marked sockets. Further connections are counted
 * only when they end, and each packet of further sockets is more expensive.
 */
export function connectionsFor(slots: number): number {
  return CONNECTIONS_PER_SLOT * slots;
}

import { join } from 'node:path';
import type { MiningSource } from '../../core/mining/mining-source.ts';
import type { KernelFeatures } from '../kernel-features.ts';
import { answersFor, CLUES, connectionsFor, flowsFor, type Sizes } from '../machine.ts';
import { TABLE_NAMES } from '../tables/catalog.ts';

/** Independent captures. The slowest to verify come first. */
export const CAPTURES = ['sweep', 'cgroup', 'cpu', 'tcp'] as const;

/** The capture of packets. */
export const PACKETS = 'net';

/** The capture of connections. */
export const CONNECTIONS = 'flow';

/**
 * Captures that serve only to detect mining, by source. Each is optional. The source `payload` is
 * part of the capture of packets.
 */
export const MINING_CAPTURES: Readonly<Record<Exclude<MiningSource, 'payload'>, string>> = {
  fpu: 'fpu',
  exec: 'exec',
  mapping: 'mapping',
  device: 'device',
  sysctl: 'sysctl',
};

/** Names of all objects: captures and tables. */
export const OBJECTS: readonly string[] = [
  ...CAPTURES,
  PACKETS,
  CONNECTIONS,
  ...Object.values(MINING_CAPTURES),
  ...TABLE_NAMES.map((table) => `${table}.iter`),
];

/** Objects with two variants: connections in socket storage, and by address. */
const CONNECTION_USERS: readonly string[] = [PACKETS, CONNECTIONS, 'connection.iter'];

/** The directory of the compiled objects, and the kernel's features. */
interface Compiled extends KernelFeatures {
  readonly objects: string;
}

/** Path of an object's variant for this kernel. */
export function compiledPath(compiled: Compiled, name: string): string {
  const { objects, hasMapIterators, hasSocketStorage } = compiled;
  if (!hasMapIterators && name.endsWith('.iter')) return join(objects, `${name}.by-page.bpf.o`);
  const isByAddress = !hasSocketStorage && CONNECTION_USERS.includes(name);
  return join(objects, isByAddress ? `${name}.by-address.bpf.o` : `${name}.bpf.o`);
}

/** The reserved rows, and a few for cgroups. */
export const PROOF_SLOTS = 8;

/** Settings that the programs need. */
interface Observed {
  readonly cgroup: { readonly id: number; readonly level: number; readonly hiddenLevels?: number };
  readonly retentionMs: number;
  readonly mining: readonly MiningSource[];
}

/** Values of the objects' `const volatile` variables. */
export function constantsFor(
  { cgroup, retentionMs, mining }: Observed,
  sizes: Sizes,
  generation: number,
): Record<string, number | bigint> {
  return {
    generation,
    nr_cpus: sizes.cpus,
    nr_slots: sizes.slots,
    nr_flows: flowsFor(sizes.slots),
    nr_answers: answersFor(sizes.cpus),
    nr_clues: CLUES,
    nr_connections: connectionsFor(sizes.slots),
    root_id: cgroup.id,
    root_level: cgroup.level,
    hidden_levels: cgroup.hiddenLevels ?? 0,
    retention_ns: BigInt(retentionMs) * 1_000_000n,
    has_payload: Number(mining.includes('payload')),
  };
}

/** No limit: each packet of a proof has its own socket, and none is closed. */
const EVERY_SOCKET = 0xffff_ffff;

/** The same for a proof, with new maps. */
export function proofConstants(
  { mining }: Pick<Observed, 'mining'>,
  sizes: Sizes,
): Record<string, number | bigint> {
  return {
    generation: 0,
    nr_cpus: sizes.cpus,
    nr_slots: PROOF_SLOTS,
    nr_flows: flowsFor(PROOF_SLOTS),
    nr_answers: answersFor(sizes.cpus),
    nr_clues: CLUES,
    nr_connections: EVERY_SOCKET,
    is_proof: 1,
    has_payload: Number(mining.includes('payload')),
  };
}

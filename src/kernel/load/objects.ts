import { join } from 'node:path';
import type { MiningSource } from '../../core/mining/mining-source.ts';
import type { KernelFeatures } from '../kernel-features.ts';
import { answersFor, CLUES, connectionsFor, flowsFor, type Sizes } from '../machine.ts';
import { TABLE_NAMES } from '../tables/catalog.ts';

/** Captures that each load on its own. Those that the verifier needs longest for come first. */
export const CAPTURES = ['sweep', 'cgroup', 'cpu', 'tcp'] as const;

/** The capture that looks at packets. */
export const PACKETS = 'net';

/** The capture that tracks connections. */
export const CONNECTIONS = 'flow';

/**
 * The captures that look for mining and nothing else, by what they look at. Each does without the
 * others, and all else without them. What is not here is a part of the capture of packets.
 */
export const MINING_CAPTURES: Readonly<Record<Exclude<MiningSource, 'payload'>, string>> = {
  fpu: 'fpu',
  exec: 'exec',
  mapping: 'mapping',
  device: 'device',
  sysctl: 'sysctl',
};

/** Names of the objects, captures and tables alike. */
export const OBJECTS: readonly string[] = [
  ...CAPTURES,
  PACKETS,
  CONNECTIONS,
  ...Object.values(MINING_CAPTURES),
  ...TABLE_NAMES.map((table) => `${table}.iter`),
];

/** Those that reach connections, of which there are two: at their sockets, and by address. */
const REACHING_CONNECTIONS: readonly string[] = [PACKETS, CONNECTIONS, 'connection.iter'];

/** Where the compiled objects are, and what the kernel has. */
interface Compiled extends KernelFeatures {
  readonly objects: string;
}

/** The file of an object for that kernel. */
export function compiledPath(compiled: Compiled, name: string): string {
  const { objects, hasMapIterators, hasSocketStorage } = compiled;
  if (!hasMapIterators && name.endsWith('.iter')) return join(objects, `${name}.by-page.bpf.o`);
  const isByAddress = !hasSocketStorage && REACHING_CONNECTIONS.includes(name);
  return join(objects, isByAddress ? `${name}.by-address.bpf.o` : `${name}.bpf.o`);
}

/** The reserved rows and a few more. */
export const PROOF_SLOTS = 8;

/** What is observed, and how long the figures of what is gone are kept. */
interface Observed {
  readonly cgroup: { readonly id: number; readonly level: number; readonly hiddenLevels?: number };
  readonly retentionMs: number;
  readonly mining: readonly MiningSource[];
}

/** What the objects' `const volatile` variables are set to. */
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

/** Each packet of a proof has a socket of its own, and none is ever closed. */
const EVERY_SOCKET = 0xffff_ffff;

/** The same for a proof, whose maps are as they were made. */
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

import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bpftool, BpftoolError } from '../bpftool.ts';
import { removeTree } from '../files/remove-tree.ts';
import { openWorkDirectory } from '../files/work-directory.ts';
import type { KernelFeatures } from '../kernel-features.ts';
import { type LoadOptions, PACKET_PROGRAMS, proofSteps } from '../load/load-plan.ts';
import { withConstants } from '../load/object-file.ts';
import { compiledPath, PACKETS, proofConstants } from '../load/objects.ts';
import { perform } from '../load/step.ts';
import type { Sizes } from '../machine.ts';
import { hostileDnsPackets } from './hostile-dns.ts';
import { hostileMiningPackets } from './hostile-mining.ts';
import { type HostilePacket, hostilePackets } from './hostile-packets.ts';

/** A packet program would drop a packet, so it must not be attached. */
export class PacketProofError extends Error {
  override readonly name = 'PacketProofError';
}

/** Enough to find a defective build. Tests run hundreds of times as many. */
const PACKET_COUNT = 500;
const BATCH = 1000;
const PASS = 1;

export interface Proof
  extends Pick<LoadOptions, 'bpffs' | 'objects' | 'mining' | keyof KernelFeatures> {
  readonly sizes: Sizes;
  readonly seed?: number;
  readonly packets?: number;
  /** The generator of packets. Default: all generators in turn. */
  readonly make?: (seed: number, count: number) => Iterable<HostilePacket>;
}

/**
 * Runs hostile packets through the packet programs, loaded with separate maps and not attached.
 * Each packet must pass. Returns the number of packets.
 */
export async function provePackets(bpftool: Bpftool, proof: Proof): Promise<number> {
  const { bpffs, sizes, seed = 1, packets = PACKET_COUNT, make = allKinds } = proof;
  const directory = join(bpffs, 'proof');
  await using workDirectory = await openWorkDirectory();
  const work = workDirectory.path;
  try {
    const object = await readFile(compiledPath(proof, PACKETS));
    await writeFile(join(work, 'net.bpf.o'), withConstants(object, proofConstants(proof, sizes)));
    await removeTree(directory);
    for (const step of proofSteps(directory, work, sizes)) await perform(step, bpftool);
    return await send(bpftool, { directory, work, seed, packets, make });
  } finally {
    await removeTree(directory);
  }
}

interface Campaign {
  readonly directory: string;
  readonly work: string;
  readonly seed: number;
  readonly packets: number;
  readonly make: NonNullable<Proof['make']>;
}

function* allKinds(seed: number, count: number): Generator<HostilePacket> {
  const kinds = [hostilePackets, hostileDnsPackets, hostileMiningPackets].map((make) =>
    make(seed, count),
  );
  for (let i = 0; i < count; i++) {
    const packet = kinds[i % kinds.length]?.next().value;
    if (packet) yield packet;
  }
}

async function send(bpftool: Bpftool, campaign: Campaign): Promise<number> {
  const interfaces = await twoInterfaces();
  const batch: HostilePacket[] = [];
  let sent = 0;
  for (const packet of campaign.make(campaign.seed, campaign.packets)) {
    batch.push(packet);
    if (batch.length < BATCH && sent + batch.length < campaign.packets) continue;
    await sendBatch(bpftool, campaign, { batch: batch.splice(0), first: sent, interfaces });
    sent = Math.min(campaign.packets, sent + BATCH);
  }
  return sent;
}

interface Batch {
  readonly batch: readonly HostilePacket[];
  readonly first: number;
  readonly interfaces: readonly number[];
}

async function sendBatch(
  bpftool: Bpftool,
  { directory, work, seed }: Campaign,
  { batch, first, interfaces }: Batch,
): Promise<void> {
  const programs = Object.keys(PACKET_PROGRAMS);
  const lines: string[] = [];
  for (const [i, packet] of batch.entries()) {
    const data = join(work, `${i}.packet`);
    const context = join(work, `${i}.context`);
    writeFileSync(data, packet.bytes);
    writeFileSync(context, skBuff(packet, interfaces[i % interfaces.length] ?? 1));
    // The first packet of a socket runs other code than the next, so half of the packets run twice.
    const input = `data_in ${data} ctx_in ${context} repeat ${1 + ((i >> 1) % 2)}`;
    for (const program of programs)
      lines.push(`prog run pinned ${directory}/net/${program} ${input}`);
  }
  await writeFile(join(work, 'batch'), `${lines.join('\n')}\n`);
  const results = await runBatch(bpftool, join(work, 'batch'));
  const failed = results.findIndex((result) => result !== PASS);
  if (results.length === lines.length && failed < 0) return;
  const at = first + Math.floor(Math.max(failed, 0) / programs.length);
  throw new PacketProofError(
    `packet ${at} of seed ${seed} did not pass: ${results[failed] ?? 'no result'}`,
  );
}

/** The return value of each run, or the error that stopped bpftool. */
async function runBatch(bpftool: Bpftool, file: string): Promise<(number | string)[]> {
  type Ran = { readonly output: { readonly retval?: number; readonly error?: string } };
  const ran = await bpftool
    .json<Ran[]>(['batch', 'file', file])
    .catch((error: BpftoolError) => JSON.parse(error.output) as Ran[]);
  return ran.map(({ output }) => output.retval ?? output.error ?? 'no result');
}

/** The loopback interface and another one, if any: the programs handle them differently. */
async function twoInterfaces(): Promise<number[]> {
  const names = await readdir('/sys/class/net');
  const indexes = await Promise.all(
    names.map(async (name) =>
      Number(await readFile(`/sys/class/net/${name}/ifindex`, 'utf8').catch(() => '0')),
    ),
  );
  const other = indexes.find((index) => index > 1);
  return other === undefined ? [1] : [other, 1];
}

/** struct __sk_buff of include/uapi/linux/bpf.h, with fields that a test run can set. */
function skBuff({ gsoSize, gsoSegments }: HostilePacket, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(192);
  const view = new DataView(bytes.buffer);
  view.setUint32(40, ifindex, true);
  view.setUint32(164, gsoSegments, true);
  view.setUint32(176, gsoSize, true);
  return bytes;
}

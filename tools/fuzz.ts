/**
 * Runs N malformed packets, half of them DNS, through the packet programs, without attaching them.
 *
 *   node tools/fuzz.ts N [SEED]
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINING_SOURCES } from '../src/core/mining/mining-source.ts';
import { removeBpffs } from '../src/kernel/bpffs.ts';
import { findBpftool } from '../src/kernel/bpftool.ts';
import { kernelFeatures } from '../src/kernel/kernel-features.ts';
import { possibleCpus } from '../src/kernel/machine.ts';
import { provePackets } from '../src/kernel/proof/packet-proof.ts';

const OBJECTS = join(import.meta.dirname, '../dist/bpf');
const MANY = 50_000;

/** Each round has its own seed, so that a failing packet is found again quickly. */
async function fuzz(packets: number, firstSeed: number): Promise<void> {
  const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  const proof = {
    objects: OBJECTS,
    sizes: { cpus: await possibleCpus(), slots: 8 },
    mining: MINING_SOURCES,
  };
  const bpffs = await mkdtemp(join(tmpdir(), 'vigia-fuzz-'));
  const features = await kernelFeatures(bpftool, { bpffs, objects: OBJECTS });
  const began = performance.now();
  try {
    for (let seed = firstSeed, sent = 0; sent < packets; seed++) {
      const count = Math.min(MANY, packets - sent);
      sent += await provePackets(bpftool, { ...proof, ...features, bpffs, seed, packets: count });
      const perSecond = Math.round((sent / (performance.now() - began)) * 1000);
      process.stdout.write(`seed ${seed}: ${sent} packets passed, ${perSecond} per second\n`);
    }
  } finally {
    await removeBpffs(bpffs);
    await rmdir(bpffs).catch(() => {});
  }
}

async function main([packets = '', seed = String(randomInt(2 ** 31))]: string[]): Promise<void> {
  if (!/^[1-9]\d*$/.test(packets) || !/^\d+$/.test(seed)) throw new Error('want N [SEED]');
  await fuzz(Number(packets), Number(seed));
}

if (import.meta.main) await main(process.argv.slice(2));

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeBpffs } from '../../src/kernel/bpffs.ts';
import { findBpftool } from '../../src/kernel/bpftool.ts';
import { type KernelFeatures, kernelFeatures } from '../../src/kernel/kernel-features.ts';

/** Directory of the compiled objects. */
export const OBJECTS: string = join(import.meta.dirname, '../../dist/bpf');

/** Features of this kernel. Tests use the newer method if available. */
export const KERNEL: KernelFeatures = await probeKernel();

/** The methods to store connections on this kernel. */
export const WAYS: readonly { readonly way: string; readonly hasSocketStorage: boolean }[] = [
  { way: 'at their sockets', hasSocketStorage: true },
  { way: 'by address', hasSocketStorage: false },
].filter(({ hasSocketStorage }) => KERNEL.hasSocketStorage || !hasSocketStorage);

async function probeKernel(): Promise<KernelFeatures> {
  const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  const bpffs = await mkdtemp(join(tmpdir(), 'vigia-features-'));
  try {
    return await kernelFeatures(bpftool, { bpffs, objects: OBJECTS });
  } finally {
    await removeBpffs(bpffs);
  }
}

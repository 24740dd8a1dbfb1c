import { rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { openBpffs } from './bpffs.ts';
import { type Bpftool, BpftoolError } from './bpftool.ts';

/** Features that only some kernels have. Others use a fallback. */
export interface KernelFeatures {
  /**
   * Whether a table can be an iterator over a map. Hardened kernels reject these even for root,
   * because they could write to the map. There, a table is read by pages (bpf/lib/tables.h).
   */
  readonly hasMapIterators: boolean;
  /** Whether connections are stored in socket storage. The fallback is a map by address. */
  readonly hasSocketStorage: boolean;
}

/** Tracing programs can use socket storage since Linux 5.11 (8e4597c627fb). */
export function offersSocketStorage(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split('.').map(Number.parseFloat);
  return major > 5 || (major === 5 && minor >= 11);
}

/**
 * Probes the running kernel. Mounts `bpffs`, the future directory of the pins, if needed. A
 * rejected probe is not an error.
 */
export async function kernelFeatures(
  bpftool: Bpftool,
  { bpffs, objects }: { readonly bpffs: string; readonly objects: string },
): Promise<KernelFeatures> {
  await using _ = await openBpffs(bpffs);
  const loads = async (object: string): Promise<boolean> => {
    const pin = join(bpffs, 'probe');
    await rm(pin, { force: true }); // left by a killed process
    try {
      await bpftool.run(['prog', 'load', join(objects, object), pin]);
      return true;
    } catch (error) {
      if (error instanceof BpftoolError) return false;
      throw error;
    } finally {
      await rm(pin, { force: true });
    }
  };
  // If the kernel rejects both, the load itself reports the reason.
  const hasMapIterators =
    (await loads('cpu.iter.bpf.o')) || !(await loads('cpu.iter.by-page.bpf.o'));
  return { hasMapIterators, hasSocketStorage: hasMapIterators && offersSocketStorage(release()) };
}

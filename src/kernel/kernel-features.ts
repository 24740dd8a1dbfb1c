import { rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { openBpffs } from './bpffs.ts';
import { type Bpftool, BpftoolError } from './bpftool.ts';

/** What some kernels have, and what is done in another way on all others. */
export interface KernelFeatures {
  /**
   * Whether a table can be an iterator over a map. Hardened kernels refuse these to root itself, as
   * they could write to the map; there a table comes by pages (bpf/lib/tables.h).
   */
  readonly hasMapIterators: boolean;
  /** Whether connections are kept at their sockets, and found there: else by address. */
  readonly hasSocketStorage: boolean;
}

/** Since Linux 5.11 (8e4597c627fb) tracing programs may keep something at a socket. */
export function offersSocketStorage(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split('.').map(Number.parseFloat);
  return major > 5 || (major === 5 && minor >= 11);
}

/**
 * Asks the running kernel. `bpffs` is where the programs will be pinned, and is mounted if it is
 * not there. Throws BpftoolError where nothing can be loaded at all.
 */
export async function kernelFeatures(
  bpftool: Bpftool,
  { bpffs, objects }: { readonly bpffs: string; readonly objects: string },
): Promise<KernelFeatures> {
  await using _ = await openBpffs(bpffs);
  const loads = async (object: string): Promise<boolean> => {
    const pin = join(bpffs, 'probe');
    await rm(pin, { force: true }); // of one that was killed
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
  // Where not even pages can be had, the load itself says why.
  const hasMapIterators =
    (await loads('cpu.iter.bpf.o')) || !(await loads('cpu.iter.by-page.bpf.o'));
  return { hasMapIterators, hasSocketStorage: hasMapIterators && offersSocketStorage(release()) };
}

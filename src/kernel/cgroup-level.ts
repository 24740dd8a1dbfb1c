import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openBpffs } from './bpffs.ts';
import type { Bpftool } from './bpftool.ts';

/** Inode and id of the root of the whole hierarchy. */
export const ROOT_ID = 1;

const ID_BYTES = 8;

/**
 * Depth of one of this process' cgroups in the cgroup v2 hierarchy; the root has 0. An iterator
 * reads it (bpf/cgroup/ancestors.bpf.c), because in a cgroup namespace no file shows it. Undefined
 * if the process is not in the cgroup. Mounts `bpffs`, the future directory of the pins, if needed.
 */
export async function levelOfOwn(
  bpftool: Bpftool,
  cgroupId: number,
  { bpffs, objects }: { readonly bpffs: string; readonly objects: string },
): Promise<number | undefined> {
  await using _ = await openBpffs(bpffs);
  const pin = join(bpffs, 'ancestors');
  await rm(pin, { force: true }); // left by a killed process
  try {
    await bpftool.run(['iter', 'pin', join(objects, 'ancestors.bpf.o'), pin]);
    const level = idsIn(await readFile(pin))
      .toReversed()
      .indexOf(cgroupId);
    return level < 0 ? undefined : level;
  } finally {
    await rm(pin, { force: true });
  }
}

function idsIn(bytes: Buffer): number[] {
  const count = Math.floor(bytes.length / ID_BYTES);
  return Array.from({ length: count }, (_, i) => Number(bytes.readBigUInt64LE(i * ID_BYTES)));
}

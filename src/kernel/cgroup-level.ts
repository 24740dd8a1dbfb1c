import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openBpffs } from './bpffs.ts';
import type { Bpftool } from './bpftool.ts';

/** Inode, and id, of the root of the whole hierarchy. */
export const ROOT_ID = 1;

const ID_BYTES = 8;

/**
 * How deep in the cgroup v2 hierarchy a cgroup lies that this process is in; 0 is its root. In a cgroup
 * namespace no file tells, so an iterator does (bpf/cgroup/ancestors.bpf.c). Undefined for a cgroup that this
 * process is not in. `bpffs` is where the programs will be pinned, and is mounted if it is not there.
 */
export async function levelOfOwn(
  bpftool: Bpftool,
  cgroupId: number,
  { bpffs, objects }: { readonly bpffs: string; readonly objects: string },
): Promise<number | undefined> {
  await using _ = await openBpffs(bpffs);
  const pin = join(bpffs, 'ancestors');
  await rm(pin, { force: true }); // of one that was killed
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

import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Sparse: unwritten blocks take no space. */
const DISK_BYTES = 3 * 1024 ** 3;

/** Last changes to the tree of a disk. Existing files must not be modified. */
export type Finish = (root: string) => Promise<void>;

/** Creates an ext4 image of a tree with overlay directories, in order. */
export async function makeDisk(
  path: string,
  root: string,
  overlays: readonly string[],
  finish?: Finish,
): Promise<void> {
  // Beside the tree, so that its files can be linked and need no copy.
  const stage = await mkdtemp(`${root}.stage-`);
  try {
    await run('cp', ['-al', `${root}/.`, stage]);
    for (const overlay of overlays)
      await run('cp', ['-a', '--remove-destination', `${overlay}/.`, stage]);
    await finish?.(stage);
    await writeFile(path, '');
    await truncate(path, DISK_BYTES);
    const options = ['-O', '^has_journal', '-E', 'lazy_itable_init=1', '-m', '0'];
    await run('mkfs.ext4', ['-q', '-F', ...options, '-d', stage, path]);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

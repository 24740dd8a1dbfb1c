import { chown, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { hold } from './handle.ts';

/** More than any real tree: another process creates files as fast as they are removed. */
const MAX_NAMES = 5_000_000;

/** chown(2): unchanged. */
const SAME_GROUP = -1;

/**
 * Removes a file or a tree; a missing one is no error. Follows no link, even if the owner of a
 * directory replaces it by a link meanwhile: each directory is held by a handle, given to the
 * caller and emptied through the handle. Nested directories move to the top, so that depth has no
 * limit.
 */
export async function removeTree(path: string): Promise<void> {
  if (await isUnlinked(path)) return;
  await inside(path, async (top) => {
    let moved = 0;
    for (let names = await readdir(top); names.length > 0; names = await readdir(top)) {
      for (const name of names) moved = await removeEntry(top, name, moved);
      if (moved > MAX_NAMES)
        throw new Error(
          `cannot remove ${path}: files are created there as fast as they are removed`,
        );
    }
  });
  await rmdir(path).catch(ignoring('ENOENT'));
}

/** Returns the number of directories moved to the top so far. */
async function removeEntry(top: string, name: string, movedBefore: number): Promise<number> {
  const path = `${top}/${name}`;
  let moved = movedBefore;
  if (await isUnlinked(path)) return moved;
  await inside(path, async (directory) => {
    for (const each of await readdir(directory)) {
      const entry = `${directory}/${each}`;
      if (await isUnlinked(entry)) continue;
      await inside(entry, async () => {}); // only its owner can move it
      await rename(entry, `${top}/moved-${moved++}`).catch(ignoring('ENOENT'));
    }
  });
  // A directory that was filled meanwhile is removed in the next round.
  await rmdir(path).catch(ignoring('ENOENT', 'ENOTEMPTY'));
  return moved;
}

/** Gives a directory to the caller, and calls `use` with a path that always leads to it. */
async function inside(path: string, use: (itself: string) => Promise<void>): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  const run = hold(path, async ({ itself, stats }) => {
    // Without CAP_CHOWN the owner stays, and emptying the directory can fail.
    if (stats.uid !== uid) await chown(itself, uid, SAME_GROUP).catch(ignoring('EPERM'));
    await use(itself);
  });
  await run.catch(ignoring('ENOENT'));
}

/** False for a directory. */
async function isUnlinked(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') return false;
    if (code === 'ENOENT') return true;
    throw error;
  }
}

function ignoring(...codes: readonly string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}

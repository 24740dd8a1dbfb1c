import { chown, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { hold } from './handle.ts';

/** Beyond so many, names are made as fast as they are removed. */
const MOST_NAMES = 5_000_000;

/** Node's word for "leave it as it is". */
const SAME_GROUP = -1;

/**
 * Removes what a path names and all below it; nothing there is no error. No link is followed, also
 * where the owner of a directory puts one in its place meanwhile: each is held by a handle, becomes
 * the caller's and is emptied through that. Directories further down move to the top, so that a
 * deep tree needs no more than a flat one.
 */
export async function removeTree(path: string): Promise<void> {
  if (await isUnlinked(path)) return;
  await inside(path, async (top) => {
    let moved = 0;
    for (let names = await readdir(top); names.length > 0; names = await readdir(top)) {
      for (const name of names) moved = await removeEntry(top, name, moved);
      if (moved > MOST_NAMES) throw new Error(`${path} fills while it is removed`);
    }
  });
  await rmdir(path).catch(ignoring('ENOENT'));
}

/** Returns how many directories were moved to the top so far. */
async function removeEntry(top: string, name: string, movedBefore: number): Promise<number> {
  const path = `${top}/${name}`;
  let moved = movedBefore;
  if (await isUnlinked(path)) return moved;
  await inside(path, async (directory) => {
    for (const each of await readdir(directory)) {
      const entry = `${directory}/${each}`;
      if (await isUnlinked(entry)) continue;
      await inside(entry, async () => {}); // only its owner may move it
      await rename(entry, `${top}/moved-${moved++}`).catch(ignoring('ENOENT'));
    }
  });
  // One that was filled meanwhile has its turn in the next round.
  await rmdir(path).catch(ignoring('ENOENT', 'ENOTEMPTY'));
  return moved;
}

/** Makes a directory the caller's, and calls `use` with a path that stays with it. */
async function inside(path: string, use: (itself: string) => Promise<void>): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  const run = hold(path, async ({ itself, stats }) => {
    // Without CAP_CHOWN it stays as it is, which may keep it from being emptied, and no more.
    if (stats.uid !== uid) await chown(itself, uid, SAME_GROUP).catch(ignoring('EPERM'));
    await use(itself);
  });
  await run.catch(ignoring('ENOENT'));
}

/** False where it is a directory. */
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

import { lstat, mkdir, rm } from 'node:fs/promises';
import { setMode, setOwner } from './handle.ts';
import { partsOf } from './safe-path.ts';

/** Who owns a directory, and what others may do there. */
export interface Ownership {
  readonly mode: number;
  /** The caller unless given, and so the group. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Makes what is missing of a safe path, for all to enter and for the caller alone to write to. */
export async function makeMissing(path: string): Promise<void> {
  for (const part of partsOf(path)) {
    if (await isThere(part)) continue;
    // Fails where another user made it since it was looked for.
    await mkdir(part, { mode: 0o755 });
    await setMode(part, 0o755); // whatever the umask
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/**
 * Makes a directory in one that is the caller's alone, or puts right what is there. True where
 * anything was to be done.
 */
export async function ensureDirectory(path: string, ownership: Ownership): Promise<boolean> {
  const [ownUid, ownGid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const { mode, uid = ownUid, gid = ownGid } = ownership;
  const there = await lstat(path).catch(() => undefined);
  const isDirectory = there?.isDirectory() ?? false;
  if (isDirectory && there?.uid === uid && there.gid === gid && (there.mode & 0o7777) === mode)
    return false;
  if (there && !isDirectory) await rm(path);
  if (!isDirectory) await mkdir(path, { mode: 0o700 });
  // Without CAP_FOWNER only an owner changes the mode.
  else if (there?.uid !== ownUid) await setOwner(path, ownUid, ownGid);
  await setMode(path, mode);
  if (uid !== ownUid || gid !== ownGid) await setOwner(path, uid, gid);
  return true;
}

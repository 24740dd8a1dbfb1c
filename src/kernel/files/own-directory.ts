import { lstat, mkdir, rm } from 'node:fs/promises';
import { setMode, setOwner } from './handle.ts';
import { partsOf } from './safe-path.ts';

/** Owner and mode of a directory. */
export interface Ownership {
  readonly mode: number;
  /** Default: the caller's user and group. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Creates the missing directories of a safe path, with mode 0755. */
export async function makeMissing(path: string): Promise<void> {
  for (const part of partsOf(path)) {
    if (await exists(part)) continue;
    // Fails if another user created it since the check.
    await mkdir(part, { mode: 0o755 });
    await setMode(part, 0o755); // regardless of the umask
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/**
 * Creates a directory in one that belongs only to the caller, or corrects its owner and mode.
 * Returns whether anything changed.
 */
export async function ensureDirectory(path: string, ownership: Ownership): Promise<boolean> {
  const [ownUid, ownGid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const { mode, uid = ownUid, gid = ownGid } = ownership;
  const found = await lstat(path).catch(() => undefined);
  const isDirectory = found?.isDirectory() ?? false;
  if (isDirectory && found?.uid === uid && found.gid === gid && (found.mode & 0o7777) === mode)
    return false;
  if (found && !isDirectory) await rm(path);
  if (!isDirectory) await mkdir(path, { mode: 0o700 });
  // Without CAP_FOWNER, only the owner can change the mode.
  else if (found?.uid !== ownUid) await setOwner(path, ownUid, ownGid);
  await setMode(path, mode);
  if (uid !== ownUid || gid !== ownGid) await setOwner(path, uid, gid);
  return true;
}

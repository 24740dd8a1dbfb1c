import { constants, type Stats } from 'node:fs';
import { chmod, chown, open } from 'node:fs/promises';
import { PathError } from './safe-path.ts';

/**
 * include/uapi/asm-generic/fcntl.h: a handle to the path only. Nothing is opened, so no iterator
 * runs, and no read permission is needed.
 */
const O_PATH = 0o10000000;

/** The file at a path when it was opened, even if it is replaced meanwhile. */
export interface Held {
  /** A path that always leads to this file, until `use` returns. */
  readonly itself: string;
  readonly stats: Stats;
}

/** Calls `use` with the file at a path, which must not be a link. */
export async function hold<T>(path: string, use: (held: Held) => Promise<T>): Promise<T> {
  await using handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  const stats = await handle.stat();
  if (stats.isSymbolicLink())
    throw new PathError(`${path} is a symbolic link, and links are not followed`, 'remove it');
  return await use({ itself: `/proc/self/fd/${handle.fd}`, stats });
}

/** Changes the mode without following a link. */
export async function setMode(path: string, mode: number): Promise<void> {
  await hold(path, ({ itself }) => chmod(itself, mode));
}

/** The same for the owner. */
export async function setOwner(path: string, uid: number, gid: number): Promise<void> {
  await hold(path, ({ itself }) => chown(itself, uid, gid));
}

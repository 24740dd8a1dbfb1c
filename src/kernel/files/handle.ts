import { constants, type Stats } from 'node:fs';
import { chmod, chown, open } from 'node:fs/promises';
import { PathError } from './safe-path.ts';

/**
 * include/uapi/asm-generic/fcntl.h: a handle of the name alone. Nothing is opened, so no iterator
 * runs, and no right to read is needed.
 */
const O_PATH = 0o10000000;

/** What a path named when it was looked at, whatever is put there meanwhile. */
export interface Held {
  /** A path that leads there and nowhere else, until `use` returns. */
  readonly itself: string;
  readonly stats: Stats;
}

/** Calls `use` with what a path names, which must not be a link. */
export async function hold<T>(path: string, use: (held: Held) => Promise<T>): Promise<T> {
  await using handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  const stats = await handle.stat();
  if (stats.isSymbolicLink())
    throw new PathError(`${path} is a symbolic link, and none is followed`, 'remove it');
  return await use({ itself: `/proc/self/fd/${handle.fd}`, stats });
}

/** Changes the mode of what a path names, but not by way of a link. */
export async function setMode(path: string, mode: number): Promise<void> {
  await hold(path, ({ itself }) => chmod(itself, mode));
}

/** The same for the owner. */
export async function setOwner(path: string, uid: number, gid: number): Promise<void> {
  await hold(path, ({ itself }) => chown(itself, uid, gid));
}

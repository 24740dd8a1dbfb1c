import { lstat, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeStaleSocket } from '../api/grpc/socket.ts';
import { setMode, setOwner } from '../kernel/files/handle.ts';
import { ensureDirectory, makeMissing } from '../kernel/files/own-directory.ts';
import { removeTree } from '../kernel/files/remove-tree.ts';
import { type PathUse, requireSafePath } from '../kernel/files/safe-path.ts';

/** Where the bpffs and the socket are unless told otherwise. Root alone makes names in it. */
const RUN_DIRECTORY = '/run/vigia';

/** The daemon's own: its socket lies in it, behind a link that root makes at the socket's path. */
const PLACE = join(RUN_DIRECTORY, 'daemon');

/** How Vigia 0.1 made it: its group could put links there. */
const FORMER_MODE = 0o1775;

const SOCKET: PathUse = { remedy: 'choose another path with --socket (VIGIA_SOCKET)' };

/** Takes from the daemon's group what a former version gave it, ahead of anything done below. */
export async function closeRunDirectory(): Promise<void> {
  const there = await lstat(RUN_DIRECTORY).catch(() => undefined);
  if (there?.uid !== 0 || (there.mode & 0o7777) !== FORMER_MODE) return;
  await setOwner(RUN_DIRECTORY, 0, 0);
  await setMode(RUN_DIRECTORY, 0o755);
}

/**
 * Lets a user listen at a path in it. A socket anywhere else is for its directory's owner to make.
 * Throws PathError where others than root may make names in it, as in a volume of a pod.
 */
export async function openSocketPlace(
  socketPath: string,
  user: { readonly uid: number; readonly gid: number },
): Promise<void> {
  if (dirname(socketPath) !== RUN_DIRECTORY) return;
  await closeRunDirectory();
  await requireSafePath(RUN_DIRECTORY, SOCKET);
  await makeMissing(RUN_DIRECTORY);
  await ensureDirectory(PLACE, { mode: 0o700, ...user });
  const target = join(basename(PLACE), basename(socketPath));
  if ((await readlink(socketPath).catch(() => undefined)) === target) return;
  const next = `${socketPath}.next`;
  await removeTree(next);
  await symlink(target, next);
  // What the daemon of a former version left there may be a directory.
  if ((await lstat(socketPath).catch(() => undefined))?.isDirectory()) await removeTree(socketPath);
  await rename(next, socketPath);
}

/** Removes what of a socket nobody answers on any more, and what was made for it. */
export async function closeSocketPlace(socketPath: string): Promise<void> {
  if (dirname(socketPath) !== RUN_DIRECTORY) {
    if (!(await lstat(socketPath).catch(() => undefined))) return;
    // Root unlinks nothing in a directory that could be replaced meanwhile.
    await requireSafePath(dirname(socketPath), { ...SOCKET, mayBeShared: async () => true });
    return await removeStaleSocket(socketPath);
  }
  await closeRunDirectory();
  await requireSafePath(RUN_DIRECTORY, SOCKET);
  await removeStaleSocket(join(PLACE, basename(socketPath)));
  const isGone = await rmdir(PLACE).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT',
  );
  if (isGone && (await lstat(socketPath).catch(() => undefined))?.isSymbolicLink())
    await rm(socketPath);
}

import { lstat, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeStaleSocket } from '../api/grpc/socket.ts';
import { setMode, setOwner } from '../kernel/files/handle.ts';
import { ensureDirectory, makeMissing } from '../kernel/files/own-directory.ts';
import { removeTree } from '../kernel/files/remove-tree.ts';
import { type PathUse, requireSafePath } from '../kernel/files/safe-path.ts';

/** Default directory of the bpffs and the socket. Only root can create files in it. */
const RUN_DIRECTORY = '/run/vigia';

/** Belongs to the daemon's user and holds its socket. Root creates a link to it at the socket's path. */
const PLACE = join(RUN_DIRECTORY, 'daemon');

/** Mode that Vigia 0.1 set, with which a group could create links here. */
const FORMER_MODE = 0o1775;

const SOCKET: PathUse = { remedy: 'set another path with --socket (VIGIA_SOCKET)' };

/** Removes the group's write access that Vigia 0.1 gave. Call it before any access below. */
export async function closeRunDirectory(): Promise<void> {
  const there = await lstat(RUN_DIRECTORY).catch(() => undefined);
  if (there?.uid !== 0 || (there.mode & 0o7777) !== FORMER_MODE) return;
  await setOwner(RUN_DIRECTORY, 0, 0);
  await setMode(RUN_DIRECTORY, 0o755);
}

/**
 * Lets a user listen at a socket path in the run directory; does nothing for other paths. Throws
 * PathError if users other than root can create files there, as in a volume of a pod.
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
  // A daemon of an older version can have left a directory there.
  if ((await lstat(socketPath).catch(() => undefined))?.isDirectory()) await removeTree(socketPath);
  await rename(next, socketPath);
}

/** Removes a socket without a listener, and its directory and link. */
export async function closeSocketPlace(socketPath: string): Promise<void> {
  if (dirname(socketPath) !== RUN_DIRECTORY) {
    if (!(await lstat(socketPath).catch(() => undefined))) return;
    // Root must not unlink in a directory that another user can replace.
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

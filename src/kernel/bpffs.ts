import { execFile } from 'node:child_process';
import { statfsSync, statSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { setMode } from './files/handle.ts';
import { type DirectoryLock, lockDirectory, ownName } from './files/lock.ts';
import { ensureDirectory, makeMissing } from './files/own-directory.ts';
import { removeTree } from './files/remove-tree.ts';
import { PathError, type PathUse, requireSafePath } from './files/safe-path.ts';
import { CONSUMER_LOCK, isKnown, LOAD_LOCK, OURS, PinsError, readPins } from './load/pins.ts';

const run = promisify(execFile);

/** include/uapi/linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;

/** The source of Vigia's own mounts in /proc/mounts. */
const MOUNT_SOURCE = 'vigia';

/** A bpffs is world-writable like /tmp, unless it was mounted with another mode. */
export const PINS: PathUse = {
  remedy: 'choose another directory with --bpffs (VIGIA_BPFFS)',
  mayBeShared: isBpffs,
  mayBeginIn: isBpffs,
};

const AGAIN = 'try again after it has ended';

/** Attempts to lock a directory that an unload can remove meanwhile. */
const ATTEMPTS = 5;

/**
 * Creates the directory of the pins on a bpffs if it is missing, and locks it against other loads
 * and unloads until disposal. Throws PathError if another user could redirect the path.
 */
export async function openBpffs(path: string): Promise<DirectoryLock> {
  for (let left = ATTEMPTS; ; left--) {
    await ensureBpffs(path);
    try {
      return await lockLoad(path, 'another load is running');
    } catch (error) {
      if (left === 1 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The same for an unload, which creates nothing. Undefined if no bpffs is mounted there. */
export async function openIfBpffs(path: string): Promise<DirectoryLock | undefined> {
  await requireSafePath(path, PINS);
  const isMounted = await isBpffs(path).catch(() => false);
  if (isMounted) await closeBpffs(path);
  return isMounted ? await lockLoad(path, 'a load is running') : undefined;
}

/** The lock is a directory that only root can open, and therefore lock. */
async function lockLoad(path: string, refusal: string): Promise<DirectoryLock> {
  await readPins(path); // refuses another program's directory before anything is created
  const lock = join(path, LOAD_LOCK);
  await ensureDirectory(lock, { mode: 0o700 });
  return await lockDirectory(lock, { refusal, remedy: AGAIN, name: ownName() });
}

/**
 * Creates the directory of the pins on a bpffs, and mounts one if needed. The default is a separate
 * bpffs: systemd mounts /sys/fs/bpf with mode 0700, which the unprivileged daemon cannot enter.
 */
export async function ensureBpffs(path: string): Promise<void> {
  await requireSafePath(path, PINS);
  await makeDirectory(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PinsError(`cannot create ${path}: ${cause.code}\n→ run as root`, { cause });
  });
  if (!(await isBpffs(path))) await mountBpffs(path);
  await requireSafePath(path, PINS);
  await closeBpffs(path);
}

/** Makes the directory writable only for its owner, and refuses entries of other users. */
async function closeBpffs(path: string): Promise<void> {
  if ((await readdir(path)).some((name) => !isKnown(name))) return; // shared with another program
  if (((await lstat(path)).mode & 0o022) !== 0) await setMode(path, 0o755);
  for (const name of await readdir(path)) {
    const { uid } = await lstat(join(path, name));
    if (name === CONSUMER_LOCK || uid === 0 || uid === process.geteuid?.()) continue;
    throw new PathError(
      `${path}: user ${uid} owns ${join(path, name)}`,
      `remove it, or ${PINS.remedy}`,
    );
  }
}

/** Outside a bpffs the directory becomes a mount point, which only root can open. */
async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  await makeMissing(parent);
  const mode = (await isBpffs(parent)) ? 0o755 : 0o700;
  const isMade = await mkdir(path, { mode }).then(() => true, ignoreExisting);
  if (isMade) await setMode(path, mode); // regardless of the umask
}

async function mountBpffs(path: string): Promise<void> {
  const [inside] = await readdir(path);
  if (inside !== undefined && !(await isBpffs(path)))
    throw new PinsError(`${path} is not a bpffs and not empty (${inside}): choose another --bpffs`);
  await using _ = await lockMountPoint(path);
  if (await isBpffs(path)) return;
  try {
    await run('mount', ['-t', 'bpf', '-o', 'mode=0755', MOUNT_SOURCE, path]);
  } catch (cause) {
    await rmdir(path);
    const output = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
    throw new PinsError(`cannot mount a bpffs at ${path}: ${output}\n→ run as root`, { cause });
  }
}

/**
 * Two first loads would mount over each other, so the directory below the mount is locked. It is
 * created again if other users could have opened it, because they could hold its lock.
 */
async function lockMountPoint(path: string): Promise<AsyncDisposable> {
  if (((await lstat(path)).mode & 0o077) !== 0) {
    await rmdir(path).catch(ignoreBusy);
    await mkdir(path, { mode: 0o700 }).catch(ignoreExisting);
  }
  return await lockDirectory(path, { refusal: 'another load is running', remedy: AGAIN });
}

export async function isBpffs(path: string): Promise<boolean> {
  return (await statfs(path)).type === BPF_FS_MAGIC;
}

/** Whether a path is a mount point of Vigia without its bpffs, which only root can open. */
export function isUnmounted(path: string): boolean {
  try {
    const isPrivate = (statSync(path).mode & 0o077) === 0;
    return isPrivate && statfsSync(path).type !== BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

/**
 * Removes the directory, and Vigia's own mount. Entries of other programs stay. NOTE: the unmount
 * is lazy, so processes with a lock there, including the caller, keep it until they release it.
 */
export async function removeBpffs(path: string): Promise<void> {
  if (await isOurMount(path))
    do await run('umount', ['-l', path]);
    while (await isOurMount(path));
  else for (const name of OURS) await removeTree(join(path, name));
  await rmdir(path).catch(ignoreBusy);
  if (dirname(path) === '/run/vigia') await rmdir(dirname(path)).catch(ignoreBusy);
}

async function isOurMount(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const line = `${MOUNT_SOURCE} ${path.replace(/[\s\\#]/g, octal)} bpf `;
  return mounts.split('\n').some((mount) => mount.startsWith(line));
}

/** The escape of proc_pid_mounts(5) for characters that would end a field. */
function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** In a container the mount point is busy, and the root can be read-only. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EROFS'].includes(error.code ?? '')) throw error;
}

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

/** The source under which our own mounts show in /proc/mounts. */
const MOUNT_SOURCE = 'vigia';

/** A bpffs is for everyone to make names on, as /tmp is, unless it was mounted otherwise. */
export const PINS: PathUse = {
  remedy: 'choose another directory with --bpffs (VIGIA_BPFFS)',
  mayBeShared: isBpffs,
  mayBeginIn: isBpffs,
};

const AGAIN = 'try again when it has ended';

/** How often a load begins again because an unload took away what it stood on. */
const TRIES = 5;

/**
 * Makes sure that a directory for pins exists on a bpffs, and keeps other loads and unloads away
 * until disposed. Throws PathError where somebody else decides where the path leads.
 */
export async function openBpffs(path: string): Promise<DirectoryLock> {
  for (let left = TRIES; ; left--) {
    await ensureBpffs(path);
    try {
      return await lockLoad(path, 'another load is under way');
    } catch (error) {
      if (left === 1 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The same for an unload, which makes none: undefined where none is mounted. */
export async function openIfBpffs(path: string): Promise<DirectoryLock | undefined> {
  await requireSafePath(path, PINS);
  const isThere = await isBpffs(path).catch(() => false);
  if (isThere) await closeBpffs(path);
  return isThere ? await lockLoad(path, 'a load is under way') : undefined;
}

/** A directory that root alone may open, and therefore lock. */
async function lockLoad(path: string, refusal: string): Promise<DirectoryLock> {
  await readPins(path); // nothing is made in a directory of someone else's
  const lock = join(path, LOAD_LOCK);
  await ensureDirectory(lock, { mode: 0o700 });
  return await lockDirectory(lock, { refusal, remedy: AGAIN, name: ownName() });
}

/**
 * Makes sure that a directory for pins exists on a bpffs. Where there is none, one of our own is
 * mounted: systemd mounts /sys/fs/bpf with mode 0700, which the unprivileged daemon cannot enter.
 */
export async function ensureBpffs(path: string): Promise<void> {
  await requireSafePath(path, PINS);
  await makePlace(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PinsError(`cannot make ${path}: ${cause.code}\n→ run as root`, { cause });
  });
  if (!(await isBpffs(path))) await mountBpffs(path);
  await requireSafePath(path, PINS);
  await closeBpffs(path);
}

/** Keeps others from making names beside ours, and refuses those that they have made before. */
async function closeBpffs(path: string): Promise<void> {
  if ((await readdir(path)).some((name) => !isKnown(name))) return; // it is someone else's
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

/** A directory on a bpffs, or one to mount a bpffs of our own over, which root alone may open. */
async function makePlace(path: string): Promise<void> {
  const parent = dirname(path);
  await makeMissing(parent);
  const mode = (await isBpffs(parent)) ? 0o755 : 0o700;
  const isMade = await mkdir(path, { mode }).then(() => true, ignoreExisting);
  if (isMade) await setMode(path, mode); // whatever the umask
}

async function mountBpffs(path: string): Promise<void> {
  const [inside] = await readdir(path);
  if (inside !== undefined && !(await isBpffs(path)))
    throw new PinsError(`${path} is no bpffs and not empty (${inside}): choose another --bpffs`);
  await using _ = await lockMountPoint(path);
  if (await isBpffs(path)) return;
  try {
    await run('mount', ['-t', 'bpf', '-o', 'mode=0755', MOUNT_SOURCE, path]);
  } catch (cause) {
    await rmdir(path);
    const said = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
    throw new PinsError(`cannot mount a bpffs at ${path}: ${said}\n→ run as root`, { cause });
  }
}

/**
 * Two first loads would mount over each other: they meet at the directory below the mount. One that
 * others may have opened, and so may have locked, is made anew.
 */
async function lockMountPoint(path: string): Promise<AsyncDisposable> {
  if (((await lstat(path)).mode & 0o077) !== 0) {
    await rmdir(path).catch(ignoreBusy);
    await mkdir(path, { mode: 0o700 }).catch(ignoreExisting);
  }
  return await lockDirectory(path, { refusal: 'another load is under way', remedy: AGAIN });
}

export async function isBpffs(path: string): Promise<boolean> {
  return (await statfs(path)).type === BPF_FS_MAGIC;
}

/** Whether a directory is what remains where a bpffs of our own was unmounted: root's alone. */
export function isUnmounted(path: string): boolean {
  try {
    const isOwners = (statSync(path).mode & 0o077) === 0;
    return isOwners && statfsSync(path).type !== BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

/**
 * Removes the directory, and the mount where it is our own. What others put there stays. NOTE: the
 * mount goes lazily: who holds a lock there, the caller among them, keeps it until then.
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

/** As proc_pid_mounts(5) writes what would end a field. */
function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** In a container a mount point is busy, and may be in a root that is read-only. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EROFS'].includes(error.code ?? '')) throw error;
}

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PinsError } from './pins.ts';

const run = promisify(execFile);

/** include/uapi/linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;

/** The source under which our own mounts show in /proc/mounts. */
const MOUNT_SOURCE = 'vigia';

/**
 * Makes sure that a directory for pins exists on a bpffs. Where there is none, one of our own is
 * mounted: systemd mounts /sys/fs/bpf with mode 0700, which the unprivileged daemon cannot enter.
 */
export async function ensureBpffs(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 }).catch((cause: NodeJS.ErrnoException) => {
    throw new PinsError(`cannot make ${path}: ${cause.code}\n→ run as root`, { cause });
  });
  if (await isBpffs(path)) return;
  const inside = await readdir(path);
  if (inside.length > 0)
    throw new PinsError(`${path} is no bpffs and not empty (${inside[0]}): choose another --bpffs`);
  try {
    await run('mount', ['-t', 'bpf', '-o', 'mode=0755', MOUNT_SOURCE, path]);
  } catch (cause) {
    await rmdir(path);
    const said = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
    throw new PinsError(`cannot mount a bpffs at ${path}: ${said}\n→ run as root`, { cause });
  }
}

export async function isBpffs(path: string): Promise<boolean> {
  return (await statfs(path)).type === BPF_FS_MAGIC;
}

/** Removes the directory, and the mount where it is our own. What others put there stays. */
export async function removeBpffs(path: string): Promise<void> {
  for (const name of ['next', 'current']) await rm(`${path}/${name}`, { force: true });
  if (await isOurMount(path)) await run('umount', [path]);
  await rmdir(path).catch(ignoreBusy);
  if (dirname(path) === '/run/vigia') await rmdir(dirname(path)).catch(ignoreBusy);
}

async function isOurMount(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts.split('\n').some((line) => line.startsWith(`${MOUNT_SOURCE} ${path} bpf `));
}

/** In a container a mount point is busy, and may be in a root that is read-only. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EROFS'].includes(error.code ?? '')) throw error;
}

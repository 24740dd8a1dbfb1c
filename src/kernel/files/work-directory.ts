import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readlink, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';
import { type PathUse, requireSafePath } from './safe-path.ts';

/** Names carry the pid namespace and the process: a leftover of a killed one is not in use. */
const NAME = /^vigia-work-(\d+)-(\d+)-/;

/** In memory, because writing thousands of small files to a disk is slow. */
const MEMORY = '/dev/shm';

/** Root loads programs from there, so a user who could replace the directory would become root. */
const USE: PathUse = { mayBeShared: async () => true, remedy: 'set TMPDIR to another directory' };

/** A private temporary directory. Removed at disposal. */
export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Creates a work directory, and removes those of processes that have ended. Throws PathError if
 * another user could replace it.
 */
export async function openWorkDirectory(): Promise<WorkDirectory> {
  const parent = await realpath(home());
  await requireSafePath(parent, USE);
  const namespace = await pidNamespace();
  await removeLeftovers(parent, namespace);
  const path = await mkdtemp(join(parent, `vigia-work-${namespace}-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => removeTree(path) };
}

function home(): string {
  return process.env['TMPDIR'] ?? (existsSync(MEMORY) ? MEMORY : tmpdir());
}

/** The number of this process's pid namespace: in another one, process ids mean other processes. */
async function pidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

async function removeLeftovers(parent: string, namespace: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const [, where, pid] = NAME.exec(name) ?? [];
    if (where !== namespace || isRunning(Number(pid))) continue;
    if (await isOurs(path)) await removeTree(path);
  }
}

/** All users can create names in a directory of temporary files. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

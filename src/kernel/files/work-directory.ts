import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readlink, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';
import { type PathUse, requireSafePath } from './safe-path.ts';

/** Names carry the pid namespace and the process: a leftover of a killed one is not in use. */
const NAME = /^vigia-work-(\d+)-(\d+)-/;

/** Files there never reach a disk, on which thousands of small ones would take their time. */
const MEMORY = '/dev/shm';

/** Root loads what lies there: whoever could replace the directory would be root. */
const PLACE: PathUse = { mayBeShared: async () => true, remedy: 'set TMPDIR to another directory' };

/** A temporary directory of our own, removed when disposed. */
export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes one, and removes those that were left by processes that are gone. Throws PathError where
 * another user could replace it.
 */
export async function openWorkDirectory(): Promise<WorkDirectory> {
  const place = await realpath(home());
  await requireSafePath(place, PLACE);
  const namespace = await pidNamespace();
  await removeLeftovers(place, namespace);
  const path = await mkdtemp(join(place, `vigia-work-${namespace}-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => removeTree(path) };
}

function home(): string {
  return process.env['TMPDIR'] ?? (existsSync(MEMORY) ? MEMORY : tmpdir());
}

/** The number of this process's pid namespace: in another one, process ids mean other processes. */
async function pidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

async function removeLeftovers(place: string, namespace: string): Promise<void> {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const [, where, pid] = NAME.exec(name) ?? [];
    if (where !== namespace || isRunning(Number(pid))) continue;
    if (await isOurs(path)) await removeTree(path);
  }
}

/** Anyone may make names in a directory for temporary files. */
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

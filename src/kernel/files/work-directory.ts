import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';
import { type PathUse, requireSafePath } from './safe-path.ts';

/** Names carry the process, so that what a killed one left can be told from what is in use. */
const NAME = /^vigia-work-(\d+)-/;

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
  await removeLeftovers(place);
  const path = await mkdtemp(join(place, `vigia-work-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => removeTree(path) };
}

function home(): string {
  return process.env['TMPDIR'] ?? (existsSync(MEMORY) ? MEMORY : tmpdir());
}

async function removeLeftovers(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid);
    if (!isRunning(pid) && (await isOurs(path))) await removeTree(path);
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

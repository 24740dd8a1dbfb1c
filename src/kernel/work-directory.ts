import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names carry the process, so that what a killed one left can be told from what is in use. */
const NAME = /^vigia-work-(\d+)-/;

/** Files there never reach a disk, on which thousands of small ones would take their time. */
const MEMORY = '/dev/shm';

/** A temporary directory of our own, removed when disposed. */
export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Makes one, and removes those that were left by processes that are gone. */
export async function openWorkDirectory(): Promise<WorkDirectory> {
  await removeLeftovers();
  const path = await mkdtemp(join(home(), `vigia-work-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function home(): string {
  return process.env['TMPDIR'] ?? (existsSync(MEMORY) ? MEMORY : tmpdir());
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(home())) {
    const path = join(home(), name);
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid);
    if (!isRunning(pid) && (await isOurs(path))) await rm(path, { recursive: true, force: true });
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { readlink, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { cutText } from '../../core/text/safe-text.ts';

/** Another process has the lock, or locking failed. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/** A lock that ends at disposal or with its process, also if that is killed. */
export interface DirectoryLock extends AsyncDisposable {
  /** A child process that inherits it also holds the lock. */
  readonly fd: number;
  /** Whether the path still leads to the locked directory. Undefined if it leads nowhere. */
  readonly isInPlace: () => boolean | undefined;
}

export interface LockOptions {
  /** Start of the error message: what the holder does. The holder's name and the remedy follow. */
  readonly refusal: string;
  readonly remedy: string;
  /** The new holder's name, for the errors of other processes. */
  readonly name?: string;
}

/** A link in the directory with the holder's name as target. A bpffs has no regular files. */
const HOLDER = 'holder';
const HOLDER_CHARACTERS = 300;

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Locks a directory with flock(2). Every process that can open it can lock it, in any namespace, so
 * it needs mode 0700. Throws {@link LockError} if another process has the lock.
 */
export async function lockDirectory(path: string, options: LockOptions): Promise<DirectoryLock> {
  for (;;) {
    const fd = openSync(path, FLAGS);
    try {
      if (!(await flock(fd))) throw await refusalOf(path, options);
      // The previous holder may have removed the directory since it was opened.
      if (isAt(fd, path)) return await holding(path, fd, options);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
}

/** The name of this process in the errors of others. */
export function ownName(nodeName: string = hostname()): string {
  const host = hostname(); // in a pod, the pod's name
  const where = nodeName === host ? host : `${host} (node ${nodeName})`;
  return `process ${process.pid} on ${where}, since ${new Date().toISOString()}`;
}

/** The lock also works where no name can be written, such as on a read-only mount. */
async function holding(path: string, fd: number, { name }: LockOptions): Promise<DirectoryLock> {
  const link = join(path, HOLDER);
  if (name !== undefined)
    await rm(link, { force: true })
      .then(() => symlink(name, link))
      .catch(() => {});
  return {
    fd,
    isInPlace: () => isAt(fd, path),
    [Symbol.asyncDispose]: async () => {
      if (name !== undefined && isAt(fd, path)) await rm(link, { force: true }).catch(() => {});
      closeSync(fd);
    },
  };
}

/**
 * Node cannot call flock(2), so the program of util-linux locks an inherited file. The lock belongs
 * to the open file, so this process keeps it when that program ends.
 */
async function flock(fd: number): Promise<boolean> {
  const stdio = ['ignore', 'ignore', 'pipe', fd] as const;
  const child = spawn('flock', ['-x', '-n', '3'], { stdio: [...stdio] });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close').catch((cause: unknown) => {
    throw new LockError('cannot run flock: install util-linux', { cause });
  });
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  if (code === 0) return true;
  if (code === 1 && output === '') return false;
  throw new LockError(`flock failed: ${output.trim() || (signal ?? code)}`);
}

/** Whether the flock program is installed. */
export function hasFlock(): boolean {
  const directories = (process.env['PATH'] ?? '').split(':').filter((each) => each !== '');
  return directories.some((directory) => existsSync(join(directory, 'flock')));
}

/** Also undefined without permission to look, for example after the bpffs was unmounted. */
function isAt(fd: number, path: string): boolean | undefined {
  try {
    const [own, there] = [fstatSync(fd), lstatSync(path)];
    return there.dev === own.dev && there.ino === own.ino;
  } catch {
    return undefined;
  }
}

async function refusalOf(path: string, { refusal, remedy }: LockOptions): Promise<LockError> {
  const holder = await readlink(join(path, HOLDER)).catch(() => undefined);
  const who = holder ?? `an unknown process (to find it, as root: fuser -v ${path})`;
  return new LockError(`${refusal}: ${cutText(who, HOLDER_CHARACTERS)}; ${remedy}`);
}

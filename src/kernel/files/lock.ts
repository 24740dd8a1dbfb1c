import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { readlink, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { cutText } from '../../core/text/safe-text.ts';

/** Someone else is at it, or there is no way to know. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/** A lock that is held until it is disposed or its process ends, however it ends. */
export interface DirectoryLock extends AsyncDisposable {
  /** A child process that inherits it holds the lock, too. */
  readonly fd: number;
  /** Whether the path still leads to what is locked; undefined where it leads nowhere. */
  readonly isInPlace: () => boolean | undefined;
}

export interface LockOptions {
  /** What somebody else is doing, for the error; who it is follows, and then what to do. */
  readonly refusal: string;
  readonly remedy: string;
  /** Who has it then, for the errors of others. */
  readonly name?: string;
}

/** A link in the directory, whose text says who has the lock. A bpffs has no files for it. */
const HOLDER = 'holder';
const HOLDER_CHARACTERS = 300;

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Locks a directory for this process alone, by flock(2). Whoever may open it may lock it, in
 * whatever namespaces: so give it mode 0700. Throws {@link LockError} where somebody else has it.
 */
export async function lockDirectory(path: string, options: LockOptions): Promise<DirectoryLock> {
  for (;;) {
    const fd = openSync(path, FLAGS);
    try {
      if (!(await flock(fd))) throw await refusalOf(path, options);
      // Who had it before may have removed it since it was opened.
      if (isAt(fd, path)) return await holding(path, fd, options);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
}

/** What this process is called in the errors of others. */
export function ownName(nodeName: string = hostname()): string {
  const host = hostname(); // in a pod the pod's name
  const where = nodeName === host ? host : `${host} (node ${nodeName})`;
  return `process ${process.pid} on ${where}, since ${new Date().toISOString()}`;
}

/** Where no name can be left, as on a mount that is read-only, the lock holds all the same. */
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
 * Node cannot call flock(2); util-linux' program locks what it is handed. The lock belongs to the
 * open file, so it stays with us when that program ends.
 */
async function flock(fd: number): Promise<boolean> {
  const stdio = ['ignore', 'ignore', 'pipe', fd] as const;
  const child = spawn('flock', ['-x', '-n', '3'], { stdio: [...stdio] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').catch((cause: unknown) => {
    throw new LockError('cannot run flock: install util-linux, which has it', { cause });
  });
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  if (code === 0) return true;
  if (code === 1 && said === '') return false;
  throw new LockError(`flock failed: ${said.trim() || (signal ?? code)}`);
}

/** Whether there is a program to lock by. */
export function hasFlock(): boolean {
  const places = (process.env['PATH'] ?? '').split(':').filter((place) => place !== '');
  return places.some((place) => existsSync(join(place, 'flock')));
}

/** Undefined also where this user may not look, as below a bpffs that was unmounted. */
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
  const who = holder ?? `a process that left no name (as root: fuser -v ${path})`;
  return new LockError(`${refusal}: ${cutText(who, HOLDER_CHARACTERS)}; ${remedy}`);
}

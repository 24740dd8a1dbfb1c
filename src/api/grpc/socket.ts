import { once } from 'node:events';
import { lstat, readlink, rm, stat } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';

/** The socket could not be listened on, and what to do about it. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
}

/** Only its owner and root may connect. */
const UMASK = 0o177;

/**
 * Listens on a Unix socket, in place of one on which nobody answers any more. Where root has made a
 * link at the path, the socket is what that leads to: a place of the daemon's own.
 */
export async function listenOnSocket(server: Server, asked: string): Promise<void> {
  let path = asked;
  try {
    path = await behindLink(asked);
    // `listen` says EACCES of a directory that is not there.
    await stat(dirname(path));
    if (await isInUse(path)) throw new SocketError(explain(path, 'EADDRINUSE'));
    await rm(path, { force: true });
    listenForOwner(server, path);
    await once(server, 'listening');
  } catch (cause) {
    if (cause instanceof SocketError) throw cause;
    throw new SocketError(explain(path, errorCode(cause)), { cause });
  }
}

/** Removes the socket of a daemon that was killed; what somebody answers on, or is no socket, stays. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (!(await isInUse(path).catch(() => true))) await rm(path, { force: true });
}

/** A link of anyone else could lead to a socket that is not meant. */
async function behindLink(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (!there?.isSymbolicLink()) return path;
  if (there.uid !== 0 && there.uid !== process.geteuid?.())
    throw new SocketError(
      `cannot listen on ${path}: it is a link of user ${there.uid}; remove it, or ${ELSEWHERE}`,
    );
  return resolve(dirname(path), await readlink(path));
}

/** What happens to a connection to the path: undefined if somebody takes it. */
export async function connectError(path: string): Promise<string | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (err) {
    return errorCode(err);
  } finally {
    socket.destroy();
  }
}

/** The socket is bound before `listen` returns, so no other file is made under this umask. */
function listenForOwner(server: Server, path: string): void {
  const before = process.umask(UMASK);
  try {
    server.listen({ path });
  } finally {
    process.umask(before);
  }
}

/** False where there is nothing, or the socket of a process that is gone. */
async function isInUse(path: string): Promise<boolean> {
  const there = await lstat(path).catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined;
    throw err;
  });
  if (there === undefined) return false;
  if (!there.isSocket())
    throw new SocketError(`cannot listen on ${path}: it is no socket; ${ELSEWHERE}`);
  const code = await connectError(path);
  if (code === undefined) return true;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return false;
  throw new SocketError(explain(path, code));
}

const ELSEWHERE = 'choose another path with --socket (VIGIA_SOCKET)';

function explain(path: string, code: string): string {
  const where = `cannot listen on ${path}`;
  if (code === 'EADDRINUSE') {
    const owner = `see who has it: ss -lxp src ${path}`;
    return `${where}: another vigia answers there; ${ELSEWHERE}, or ${owner}`;
  }
  if (code === 'EACCES' || code === 'EPERM')
    return `${where}: this user may not; ${ELSEWHERE}, or start as root`;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return `${where}: there is no directory ${dirname(path)}; make it, or ${ELSEWHERE}`;
  return `${where}: ${code}; ${ELSEWHERE}`;
}

function errorCode(err: unknown): string {
  if (err instanceof Error) return (err as NodeJS.ErrnoException).code ?? err.message;
  return String(err);
}

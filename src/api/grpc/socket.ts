import { once } from 'node:events';
import { lstat, readlink, rm, stat } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';

/** Cannot listen on the socket; the message has a remedy. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
}

/** Only its owner and root may connect. */
const UMASK = 0o177;

/**
 * Listens on a Unix socket, and replaces one without a listener. If root has created a link at the
 * path, the socket is created at its target, in the daemon's own directory.
 */
export async function listenOnSocket(server: Server, socketPath: string): Promise<void> {
  let path = socketPath;
  try {
    path = await behindLink(socketPath);
    // For a missing directory `listen` fails with EACCES; `stat` gives the real reason.
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

/** Removes the socket of a killed daemon. Keeps a socket in use, and any other file. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (!(await isInUse(path).catch(() => true))) await rm(path, { force: true });
}

/** A link of another user could lead to another socket, so it is refused. */
async function behindLink(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (!there?.isSymbolicLink()) return path;
  if (there.uid !== 0 && there.uid !== process.geteuid?.())
    throw new SocketError(
      `cannot listen on ${path}: user ${there.uid} owns this symbolic link; remove it, or ${ELSEWHERE}`,
    );
  return resolve(dirname(path), await readlink(path));
}

/** The error code of a connection attempt; undefined if it succeeds. */
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

/** `listen` binds the socket before it returns, so this umask affects no other file. */
function listenForOwner(server: Server, path: string): void {
  const before = process.umask(UMASK);
  try {
    server.listen({ path });
  } finally {
    process.umask(before);
  }
}

/** False for a missing file, or the socket of a process that has ended. */
async function isInUse(path: string): Promise<boolean> {
  const there = await lstat(path).catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined;
    throw err;
  });
  if (there === undefined) return false;
  if (!there.isSocket())
    throw new SocketError(`cannot listen on ${path}: the file is not a socket; ${ELSEWHERE}`);
  const code = await connectError(path);
  if (code === undefined) return true;
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return false;
  throw new SocketError(explain(path, code));
}

const ELSEWHERE = 'set another path with --socket (VIGIA_SOCKET)';

function explain(path: string, code: string): string {
  const where = `cannot listen on ${path}`;
  if (code === 'EADDRINUSE') {
    const owner = `find the process with: ss -lxp src ${path}`;
    return `${where}: another process listens there; ${ELSEWHERE}, or ${owner}`;
  }
  if (code === 'EACCES' || code === 'EPERM')
    return `${where}: permission denied; ${ELSEWHERE}, or start as root`;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return `${where}: no directory ${dirname(path)}; create it, or ${ELSEWHERE}`;
  return `${where}: ${code}; ${ELSEWHERE}`;
}

function errorCode(err: unknown): string {
  if (err instanceof Error) return (err as NodeJS.ErrnoException).code ?? err.message;
  return String(err);
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Someone else is at it. */
export class LockError extends Error {
  override readonly name = 'LockError';
}

/**
 * Holds a name for this process alone, until disposed or dead. An abstract unix socket needs no
 * file, no privilege and no cleaning up. NOTE: such names belong to a network namespace.
 */
export async function exclusively(name: string, refusal: string): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    server.listen({ path: `\0vigia-${fitting(name)}` });
    await once(server, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new LockError(refusal, { cause });
  }
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Such a name has at most 107 bytes; a longer one is told apart by its digest. */
function fitting(name: string): string {
  if (Buffer.byteLength(name) <= 90) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${Buffer.from(name).toString('latin1', 0, 60)}-${digest}`;
}

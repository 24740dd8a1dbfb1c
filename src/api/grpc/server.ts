import { createServer, type Socket } from 'node:net';
import type { Answerer } from './answerer.ts';
import { listenOnSocket } from './socket.ts';
import type { GrpcView } from './view.ts';

/** Clients are people and scripts. Each unread response can take 10 MB. */
const MAX_CONNECTIONS = 16;
/** Time for running calls to end when the daemon stops. */
const CLOSE_MS = 500;

/**
 * Serves gRPC on a Unix socket until disposed. The gRPC library takes 15 MB, so it is loaded at the
 * first connection. `onError` gets the errors of failed calls.
 */
export async function startGrpc(
  socketPath: string,
  view: GrpcView,
  onError: (err: unknown) => void,
): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  let answerer: Promise<Answerer> | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that disconnects is not an error of the server.
    socket.on('error', () => socket.destroy());
    answerer ??= openAnswerer(view, onError);
    answerer.then(
      ({ serve }) => serve(socket),
      () => socket.destroy(),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listenOnSocket(server, socketPath);
  server.on('error', onError);
  return {
    [Symbol.asyncDispose]: async () => {
      // Also unlinks the socket.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_MS);
      await answerer?.then(({ close }) => close()).catch(() => {});
      await closed;
      clearTimeout(late);
    },
  };
}

async function openAnswerer(view: GrpcView, onError: (err: unknown) => void): Promise<Answerer> {
  try {
    const { createAnswerer } = await import('./answerer.ts');
    return createAnswerer(view, onError);
  } catch (err) {
    onError(err);
    throw err;
  }
}

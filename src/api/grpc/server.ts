import { createServer, type Socket } from 'node:net';
import type { Answerer } from './answerer.ts';
import { listenOnSocket } from './socket.ts';
import type { GrpcView } from './view.ts';

/** People at a terminal, and their scripts: an answer may take 10 MB until it is read. */
const MAX_CONNECTIONS = 16;
/** For calls under way when the daemon stops. */
const CLOSE_MS = 500;

/**
 * Answers gRPC on a Unix socket until disposed. The gRPC library takes 15 MB: it is loaded when
 * somebody connects first. `onError` hears of answers that failed.
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
    // A client that goes away is no fault of ours.
    socket.on('error', () => socket.destroy());
    answerer ??= openAnswerer(view, onError);
    answerer.then(
      ({ take }) => take(socket),
      () => socket.destroy(),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listenOnSocket(server, socketPath);
  server.on('error', onError);
  return {
    [Symbol.asyncDispose]: async () => {
      // Unlinks the socket, too.
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

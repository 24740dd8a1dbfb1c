import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { vigiaService } from './service.ts';
import { connectError } from './socket.ts';
import type { ConnectionsRequest, FlowSnapshot } from './view.ts';

/** Why the daemon did not answer. */
export type CallFailure =
  /** Nobody listens on the socket. */
  | 'absent'
  /** The socket is not for this user. */
  | 'forbidden'
  /** The daemon has the socket but does not answer. */
  | 'silent'
  /** The request asks for what cannot be; the message says what is wanted. */
  | 'invalid'
  /** The message says what it is. */
  | 'failed';

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly failure: CallFailure;

  constructor(failure: CallFailure, message: string, cause: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

const DEADLINE_MS = 10_000;

const OPTIONS = {
  /** Of 65,536 connections with the longest of names: 40 MB. */
  'grpc.max_receive_message_length': 64 * 1024 ** 2,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
} as const;

/** Asks the daemon behind the socket for its connections. Throws the signal's reason if aborted. */
export async function listConnections(
  socketPath: string,
  request: ConnectionsRequest,
  signal: AbortSignal,
): Promise<FlowSnapshot> {
  signal.throwIfAborted();
  const client = new Client(`unix://${socketPath}`, credentials.createInsecure(), OPTIONS);
  try {
    return await call(client, request, signal);
  } catch (err) {
    signal.throwIfAborted();
    throw await explain(err as ServiceError, socketPath);
  } finally {
    client.close();
  }
}

function call(
  client: Client,
  request: ConnectionsRequest,
  signal: AbortSignal,
): Promise<FlowSnapshot> {
  const { path, requestSerialize, responseDeserialize } = vigiaService.listConnections;
  const deadline = Date.now() + DEADLINE_MS;
  return new Promise((resolve, reject) => {
    const running = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline },
      (err, snapshot) => {
        signal.removeEventListener('abort', cancel);
        if (snapshot === undefined) reject(err);
        else resolve(snapshot);
      },
    );
    const cancel = () => running.cancel();
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** gRPC says the same of all sockets that nobody can be reached by; connecting tells them apart. */
async function explain(err: ServiceError, socketPath: string): Promise<CallError> {
  const told = err.details || err.message;
  if (err.code === status.INVALID_ARGUMENT) return new CallError('invalid', told, err);
  if (err.code === status.DEADLINE_EXCEEDED) return new CallError('silent', told, err);
  if (err.code !== status.UNAVAILABLE) return new CallError('failed', told, err);
  const code = await connectError(socketPath);
  if (code === undefined) return new CallError('failed', told, err);
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new CallError(isForbidden ? 'forbidden' : 'absent', code, err);
}

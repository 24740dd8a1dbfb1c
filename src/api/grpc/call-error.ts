import { type ServiceError, status } from '@grpc/grpc-js';
import type { Asking } from './asking.ts';
import { connectError } from './socket.ts';

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

  constructor(failure: CallFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** Of a daemon that was waited for in vain. */
export function silence(timeoutMs: number, cause: unknown): CallError {
  return new CallError('silent', `no answer in ${timeoutMs / 1000} s`, cause);
}

/** gRPC says the same of all sockets that nobody can be reached by; connecting tells them apart. */
export async function explainedError(
  err: ServiceError,
  { socketPath, timeoutMs }: Asking,
): Promise<CallError> {
  const told = err.details || err.message;
  if (err.code === status.INVALID_ARGUMENT) return new CallError('invalid', told, err);
  if (err.code === status.DEADLINE_EXCEEDED) return silence(timeoutMs, err);
  if (err.code !== status.UNAVAILABLE) return new CallError('failed', told, err);
  const code = await connectError(socketPath);
  if (code === undefined) return new CallError('failed', told, err);
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new CallError(isForbidden ? 'forbidden' : 'absent', code, err);
}

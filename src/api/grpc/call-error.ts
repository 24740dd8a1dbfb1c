import { type ServiceError, status } from '@grpc/grpc-js';
import type { Asking } from './asking.ts';
import { connectError } from './socket.ts';

/** Why a call failed. */
export type CallFailure =
  /** No process listens on the socket. */
  | 'absent'
  /** This user cannot connect to the socket. */
  | 'forbidden'
  /** The daemon has the socket but does not respond. */
  | 'silent'
  /** The request is invalid; the message describes valid values. */
  | 'invalid'
  /** Any other error; see the message. */
  | 'failed';

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly failure: CallFailure;

  constructor(failure: CallFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** The error of a daemon that does not respond in time. */
export function silence(timeoutMs: number, cause: unknown): CallError {
  return new CallError('silent', `no response within ${timeoutMs / 1000} s`, cause);
}

/** gRPC has one error for all unreachable sockets, so this connects again to find the reason. */
export async function explainedError(
  err: ServiceError,
  { socketPath, timeoutMs }: Asking,
): Promise<CallError> {
  const message = err.details || err.message;
  if (err.code === status.INVALID_ARGUMENT) return new CallError('invalid', message, err);
  if (err.code === status.DEADLINE_EXCEEDED) return silence(timeoutMs, err);
  if (err.code !== status.UNAVAILABLE) return new CallError('failed', message, err);
  const code = await connectError(socketPath);
  if (code === undefined) return new CallError('failed', message, err);
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new CallError(isForbidden ? 'forbidden' : 'absent', code, err);
}

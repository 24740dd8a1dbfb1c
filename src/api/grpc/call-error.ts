import { type ServiceError, status } from '@grpc/grpc-js';
import { connectError } from './socket.ts';

/** The daemon to call. */
export interface CallTarget {
  readonly socketPath: string;
  /** Time for the response, or for the first one of several. */
  readonly timeoutMs: number;
}

/** Why a call failed. */
export type CallFailure =
  /** No process listens on the socket. */
  | 'absent'
  /** This user has no permission for the socket. */
  | 'forbidden'
  /** The daemon listens on the socket but does not respond. */
  | 'silent'
  /** The request is invalid. The message describes valid requests. */
  | 'invalid'
  /** Any other reason; see the message. */
  | 'failed';

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly failure: CallFailure;

  constructor(failure: CallFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** The error for a daemon that did not respond in time. */
export function silence(timeoutMs: number, cause: unknown): CallError {
  return new CallError('silent', `no response within ${timeoutMs / 1000} s`, cause);
}

/** gRPC reports every unreachable socket as UNAVAILABLE, so a second connect finds the reason. */
export async function explainedError(
  err: ServiceError,
  { socketPath, timeoutMs }: CallTarget,
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

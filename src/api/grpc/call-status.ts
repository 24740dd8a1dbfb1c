import { status } from '@grpc/grpc-js';

/** The request is invalid. The message describes valid requests. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** The status of a call that fails. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
}

export const NO_SNAPSHOT: CallStatus = {
  code: status.UNAVAILABLE,
  details: 'no snapshot yet; retry in a few seconds',
};

export const STOPPING: CallStatus = {
  code: status.UNAVAILABLE,
  details: 'the daemon is stopping',
};

/** Clients get the details of a {@link RequestError} only. Other errors go to `onError`. */
export function callStatusOf(err: unknown, onError: (err: unknown) => void): CallStatus {
  if (err instanceof RequestError) return { code: status.INVALID_ARGUMENT, details: err.message };
  onError(err);
  return { code: status.INTERNAL, details: 'request failed; see the log of the daemon' };
}

import { status } from '@grpc/grpc-js';
import { RequestError } from './request-error.ts';

/** The status of a failed call. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
}

export const NO_SNAPSHOT: Refusal = {
  code: status.UNAVAILABLE,
  details: 'no snapshot yet; retry in a few seconds',
};

export const STOPPING: Refusal = { code: status.UNAVAILABLE, details: 'the daemon is stopping' };

/** Clients see only errors of their request. `onError` gets all others. */
export function refusalOf(err: unknown, onError: (err: unknown) => void): Refusal {
  if (err instanceof RequestError) return { code: status.INVALID_ARGUMENT, details: err.message };
  onError(err);
  return { code: status.INTERNAL, details: 'request failed; see the log of the daemon' };
}

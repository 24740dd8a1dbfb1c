import { status } from '@grpc/grpc-js';
import { RequestError } from './request-error.ts';

/** How a call ends that is not answered. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
}

export const NO_SNAPSHOT: Refusal = {
  code: status.UNAVAILABLE,
  details: 'the tables have not been read yet',
};

export const STOPPING: Refusal = { code: status.UNAVAILABLE, details: 'the daemon stops' };

/** Little of what went wrong is for the client; `onError` hears the rest. */
export function refusalOf(err: unknown, onError: (err: unknown) => void): Refusal {
  if (err instanceof RequestError) return { code: status.INVALID_ARGUMENT, details: err.message };
  onError(err);
  return { code: status.INTERNAL, details: 'the answer could not be made; the log says why' };
}

import type { handleUnaryCall } from '@grpc/grpc-js';
import { NO_SNAPSHOT, refusalOf } from './refusal.ts';

/** Responds once, with the result of `pick`; it is undefined before the first snapshot. */
export function listCall<Request, Answer>(
  pick: (request: Request) => Answer | undefined,
  onError: (err: unknown) => void,
): handleUnaryCall<Request, Answer> {
  return ({ request }, answer) => {
    try {
      const picked = pick(request);
      if (picked === undefined) answer(NO_SNAPSHOT);
      else answer(null, picked);
    } catch (err) {
      answer(refusalOf(err, onError));
    }
  };
}

import type { Asking } from '../../api/grpc/asking.ts';
import type { Invocation } from '../command.ts';

/** Which daemon a list is asked of, and how long its answer is waited for. */
export function askingOf({ config, options }: Invocation): Asking {
  return { socketPath: config.socketPath, timeoutMs: options.timeoutMs };
}

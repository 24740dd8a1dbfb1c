import { CallError, type CallTarget } from '../../api/grpc/call-error.ts';
import { escaped } from '../../core/text/safe-text.ts';
import { type Invocation, UsageError } from '../command.ts';

type Caller = Pick<Invocation<'findings'>, 'config' | 'options' | 'program'>;

/** The daemon's socket, and how long to wait for its response. */
export function callTargetOf({ config, options }: Caller): CallTarget {
  return { socketPath: config.socketPath, timeoutMs: options.timeoutMs };
}

/** Turns a failed call into a message with its remedy. Other errors stay as they are. */
export function withRemedy(err: unknown, command: string, caller: Caller): unknown {
  return err instanceof CallError ? explain(err, command, caller) : err;
}

function explain(err: CallError, command: string, { config, program }: Caller): Error {
  const { socketPath } = config;
  const reason = escaped(err.message);
  const unreachable = `cannot reach the daemon at ${socketPath}`;
  switch (err.failure) {
    case 'absent':
      return new Error(
        `${unreachable}: ${REASONS.get(reason) ?? reason}. Start it with: sudo ${program} run, ` +
          'or set the path of its socket with --socket (VIGIA_SOCKET)',
        { cause: err },
      );
    case 'forbidden':
      return new Error(
        `${unreachable}: permission denied. Run as root: sudo ${program} ${command}`,
        { cause: err },
      );
    case 'silent':
      return new Error(
        `the daemon at ${socketPath} does not respond: ${reason}. To wait longer, use --timeout`,
        { cause: err },
      );
    case 'invalid':
      return new UsageError(`--${reason}`, { cause: err });
    case 'failed':
      return new Error(`the daemon at ${socketPath} returned an error: ${reason}`, { cause: err });
  }
}

/** By errno, why nothing listens on a socket. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ECONNREFUSED', 'connection refused'],
]);

import type { Asking } from '../../api/grpc/asking.ts';
import { CallError } from '../../api/grpc/call-error.ts';
import { escaped } from '../../core/text/safe-text.ts';
import { type Invocation, UsageError } from '../command.ts';

/** The daemon's socket, and how long to wait for its answer. */
export function askingOf({ config, options }: Invocation): Asking {
  return { socketPath: config.socketPath, timeoutMs: options.timeoutMs };
}

/** Says for people why the daemon did not answer a command, and what to do; other errors stay. */
export function toldFailure(err: unknown, command: string, invocation: Invocation): unknown {
  return err instanceof CallError ? explain(err, command, invocation) : err;
}

function explain(err: CallError, command: string, { config, program }: Invocation): Error {
  const { socketPath } = config;
  const told = escaped(err.message);
  switch (err.failure) {
    case 'absent':
      return new Error(
        `nobody answers on ${socketPath} (${told}): is vigia run running? ` +
          `Start it with: sudo ${program} run, or name its socket with --socket (VIGIA_SOCKET)`,
        { cause: err },
      );
    case 'forbidden': {
      const remedy = `run it as root: sudo ${program} ${command}`;
      return new Error(`${socketPath} is not for this user: ${remedy}`, { cause: err });
    }
    case 'silent':
      return new Error(
        `nothing comes from behind ${socketPath}: ${told}; to wait longer, use --timeout`,
        { cause: err },
      );
    case 'invalid':
      return new UsageError(`--${told}`, { cause: err });
    case 'failed':
      return new Error(`the daemon behind ${socketPath} did not answer: ${told}`, { cause: err });
  }
}

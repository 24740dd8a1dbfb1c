import type { Options } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { CommandName, ConfigOf } from './command-settings.ts';

/** The input of a command; `Name` limits which settings it can read. */
export interface Invocation<Name extends CommandName = 'run'> {
  readonly config: ConfigOf<Name>;
  readonly options: Options;
  /** Arguments after the command's name. */
  readonly operands: readonly string[];
  /** How the user calls vigia, such as `bin/vigia`: for commands in messages. */
  readonly program: string;
  readonly log: Log;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
}

/** Returns the exit code: 0 success, 1 failure, 2 usage error. A thrown error is printed and exits with 1. */
export type Run = (invocation: Invocation) => Promise<number>;

/** The command line is invalid: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

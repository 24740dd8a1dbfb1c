import type { Config, Options } from '../config/config.ts';
import type { Log } from '../log.ts';

/** What every command is given. */
export interface Invocation {
  readonly config: Config;
  readonly options: Options;
  /** What follows the command's name. */
  readonly operands: readonly string[];
  /** What a person types to call us, such as `bin/vigia`. */
  readonly program: string;
  readonly log: Log;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
}

/** Returns the exit code: 0 done, 1 failed, 2 used wrongly. What is thrown is told, and is a 1. */
export type Run = (invocation: Invocation) => Promise<number>;

/** The command line is not one that the command understands: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

import type { Parse } from './values.ts';

/** One setting as data: flag, environment variable, help and documentation come from it. */
export interface Setting<T> {
  /** The flag without its dashes. */
  readonly name: string;
  /** As a user would write it; a function where the machine decides. */
  readonly fallback?: string | (() => string);
  /** What stands for the default in the documentation where the machine decides. */
  readonly fallbackNote?: string;
  readonly help: string;
  /** Completes "want …". */
  readonly wants: string;
  readonly parse: Parse<T>;
}

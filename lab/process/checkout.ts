import { join } from 'node:path';

/** Directory of the checkout. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** Directory in which set-up places the programs for tests. */
export const TOOLS: string = join(ROOT, 'build/tools');

/** The environment without the variables that the calling make sets for its children. */
export function outsideMake(): NodeJS.ProcessEnv {
  const { MAKEFLAGS: _, MAKELEVEL: __, ...env } = process.env;
  return env;
}

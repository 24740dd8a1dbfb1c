import { join } from 'node:path';

/** Directory of the checkout. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** Where set-up puts what tests run. */
export const TOOLS: string = join(ROOT, 'build/tools');

/** The environment without what the make that runs the tests has set for its own children. */
export function outsideMake(): NodeJS.ProcessEnv {
  const { MAKEFLAGS: _, MAKELEVEL: __, ...env } = process.env;
  return env;
}

import { join } from 'node:path';
import { compiledFrom } from '../../../lab/process/process.ts';

/** Compiles NAME.c of this directory, if needed, and returns the path of the program. */
export function emulator(name: string): string {
  return compiledFrom(join(import.meta.dirname, `${name}.c`), `emulated-${name}`);
}

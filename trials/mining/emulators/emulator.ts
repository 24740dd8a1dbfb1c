import { join } from 'node:path';
import { compiledFrom } from '../../../lab/process/process.ts';

/**
 * Compiles NAME.c of this directory, unless that was done before, and returns the program's path. It
 * behaves as a miner does, or as a program that resembles one.
 */
export function emulator(name: string): string {
  return compiledFrom(join(import.meta.dirname, `${name}.c`), `emulated-${name}`);
}

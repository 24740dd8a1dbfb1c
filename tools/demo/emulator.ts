import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const HOME = join(import.meta.dirname, '../..');
const SOURCES = join(HOME, 'trials/mining/emulators');
const OUTPUT = join(HOME, 'build/demo');

/** Compiles trials/mining/emulators/NAME.c once, and returns the program's path. */
export function compiledEmulator(name: string): string {
  const [from, to] = [join(SOURCES, `${name}.c`), join(OUTPUT, name)];
  if (existsSync(to) && statSync(to).mtimeMs > statSync(from).mtimeMs) return to;
  mkdirSync(OUTPUT, { recursive: true });
  execFileSync('clang', ['-O2', '-pthread', '-o', to, from]);
  return to;
}

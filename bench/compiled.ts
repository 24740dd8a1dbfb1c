import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { OBJECTS } from '../lab/scene/connection-ways.ts';

const OUTPUT = join(import.meta.dirname, '../build/bench');
/** Included by all programs. */
const SHARED = join(import.meta.dirname, 'workload.h');
/** Newer than every header that an object can include. */
const SHIPPED = join(OBJECTS, '.stamp');
const SOURCES = join(import.meta.dirname, '../bpf');
const CPU = arch() === 'arm64' ? 'aarch64' : 'x86_64';

/** Compiles bench/NAME.c if it is out of date, and returns the program's path. */
export function compiledProgram(name: string): string {
  return compiled(`${name}.c`, name, ['-O2', '-Wall', '-Wextra', '-pthread'], SHARED);
}

/** The same for bench/NAME.bpf.c. */
export function compiledObject(name: string, defines: readonly string[] = []): string {
  const headers = `-I/usr/include/${CPU}-linux-gnu`;
  const flags = [
    '-O2',
    '-g',
    '-target',
    'bpf',
    '-mcpu=v3',
    `-I${SOURCES}`,
    headers,
    ...defines,
    '-c',
  ];
  return compiled(`${name}.bpf.c`, `${[name, ...defines].join('')}.bpf.o`, flags, SHIPPED);
}

function compiled(
  source: string,
  output: string,
  flags: readonly string[],
  included: string,
): string {
  const from = join(import.meta.dirname, source);
  const to = join(OUTPUT, output);
  const newest = Math.max(...[from, included].map((each) => statSync(each).mtimeMs));
  if (existsSync(to) && statSync(to).mtimeMs > newest) return to;
  mkdirSync(OUTPUT, { recursive: true });
  execFileSync('clang', [...flags, '-o', to, from]);
  return to;
}

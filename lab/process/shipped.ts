import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './checkout.ts';

/** A copy of the shipped files that every user can run. The checkout may be private to its owner. */
export interface Shipped extends AsyncDisposable {
  readonly program: string;
  readonly node: string;
}

export async function copyShipped(): Promise<Shipped> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-shipped-'));
  const node = join(directory, 'node_modules/node/bin');
  await mkdir(node, { recursive: true });
  await cp(process.execPath, join(node, 'node'));
  for (const part of ['bin', 'dist'])
    await cp(join(ROOT, part), join(directory, part), { recursive: true });
  execFileSync('chmod', ['-R', 'a+rX', directory]);
  return {
    program: join(directory, 'bin/vigia'),
    node: join(node, 'node'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

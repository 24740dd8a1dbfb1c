import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithTests } from './children.ts';
import { VIGIA } from './daemon.ts';
import { endNow, until } from './process.ts';

/** A mount namespace whose /run is empty and its own. Disposed, all that was mounted there is gone. */
export interface OwnRun extends AsyncDisposable {
  /** A program that runs the shipped one there. */
  readonly program: string;
  /** Words that run a command there. */
  readonly inside: (...command: readonly string[]) => string[];
  /** Where the test finds a path of there. */
  readonly at: (path: string) => string;
}

export async function openOwnRun(): Promise<OwnRun> {
  const script = 'mount -t tmpfs -o mode=755 none /run && echo ready && exec sleep infinity';
  const words = ['--mount', 'sh', '-c', script];
  const child = endWithTests(spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  await until('a namespace with its own /run', () => said.includes('ready'));
  const inside: OwnRun['inside'] = (...command) => [
    ...['nsenter', `--target=${child.pid}`, '--mount', '--'],
    ...command,
  ];
  const directory = await mkdtemp(join(tmpdir(), 'vigia-own-run-'));
  const program = join(directory, 'vigia');
  await writeFile(program, `#!/bin/sh\nexec ${quoted(inside(VIGIA))} "$@"\n`);
  await chmod(program, 0o755);
  return {
    program,
    inside,
    at: (path) => join(`/proc/${child.pid}/root`, path),
    [Symbol.asyncDispose]: async () => {
      await endNow(child);
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

import { spawn } from 'node:child_process';
import { endWithTests } from './children.ts';
import { endNow, until } from './process.ts';

/** Starts a program, waits until it reports ready, and keeps it until disposal. */
export async function startHolder(words: readonly string[]): Promise<AsyncDisposable> {
  const [program = '', ...args] = words;
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = endWithTests(spawn(program, args, { detached: true, stdio: [...stdio] }));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(`${words.at(-1)} to be ready`, () => output.includes('ready'));
  return {
    [Symbol.asyncDispose]: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL'); // with all of its children
      await endNow(child);
    },
  };
}

import {
  type ChildProcess,
  type ChildProcessByStdio,
  type ExecFileOptions,
  execFile,
  spawn,
} from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const MAIN = join(import.meta.dirname, '../main.ts');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program against the server of a socket. Disposal kills running processes. */
export class Program implements Disposable {
  readonly #socketPath: string;
  readonly #running = new Set<ChildProcess>();

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Resolves when it has ended. */
  run(args: readonly string[], user: Pick<ExecFileOptions, 'uid'> = {}): Promise<Ended> {
    const options = { env: { VIGIA_SOCKET: this.#socketPath }, ...user };
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], options, (err, stdout, stderr) => {
        resolve({ code: typeof err?.code === 'number' ? err.code : err ? -1 : 0, stdout, stderr });
      });
    });
  }

  /** Starts a command that keeps running. */
  start(args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const argv = [MAIN, ...args, `--socket=${this.#socketPath}`];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#running.add(child);
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL');
    this.#running.clear();
  }
}

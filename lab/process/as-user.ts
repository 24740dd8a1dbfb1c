import { spawnSync } from 'node:child_process';

/** Exit status and output of a command. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Builds a command that runs as another user, without capabilities and without a way to gain any. */
export function asUser(uid: number, ...command: readonly string[]): string[] {
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs'];
  return ['setpriv', ...user, '--bounding-set=-all', '--inh-caps=-all', ...command];
}

const LATE_MS = 20_000;

/** Runs a command until it ends, with a short timeout. */
export function outcomeOf([program = '', ...args]: readonly string[]): Outcome {
  const options = { encoding: 'utf8', timeout: LATE_MS, killSignal: 'SIGKILL' } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr };
}

/** Output of a user's shell, including errors. */
export function shellAs(uid: number, script: string): string {
  const { stdout, stderr } = outcomeOf(asUser(uid, 'sh', '-c', script));
  return stdout + stderr;
}

import { spawnSync } from 'node:child_process';

/** How a command ended, and what it said. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Words that run a command as another user who has no capability and can gain none. */
export function asUser(uid: number, ...command: readonly string[]): string[] {
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs'];
  return ['setpriv', ...user, '--bounding-set=-all', '--inh-caps=-all', ...command];
}

const LATE_MS = 20_000;

/** Runs a command to its end, which must come soon. */
export function outcomeOf([program = '', ...args]: readonly string[]): Outcome {
  const options = { encoding: 'utf8', timeout: LATE_MS, killSignal: 'SIGKILL' } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr };
}

/** What a user's shell said, errors included. */
export function shellAs(uid: number, script: string): string {
  const { stdout, stderr } = outcomeOf(asUser(uid, 'sh', '-c', script));
  return stdout + stderr;
}

import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { runInside } from './process.ts';

/** A user without a name, with a cgroup and no other right. */
export const USER = 65_531;

/** Gives a cgroup to that user, like systemd's `Delegate=`. */
export function handOver(cgroup: string): string {
  for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'])
    chownSync(join(cgroup, file), USER, USER);
  return cgroup;
}

/** Builds a command that the user runs in the cgroup where root placed it. */
export function asUser(...command: readonly string[]): string[] {
  const rights = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  return ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...rights, ...command];
}

/** The user creates a cgroup in the delegated one, moves there and runs a command. */
export async function runAsUserBelow(
  handedOver: string,
  path: string,
  command: readonly string[],
): Promise<string> {
  const script = 'mkdir -p "$0" && echo 0 >"$0/cgroup.procs" && exec "$@"';
  const inner = ['/bin/sh', '-c', script, join(handedOver, path), ...command];
  return await runInside(handedOver, asUser(...inner));
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Controllers in whose hierarchy a cgroup of ours changes nothing for the processes in it. */
const HARMLESS = ['pids', 'freezer'];

/** A cgroup of our own in a hierarchy of version 1. Disposed, it is gone. */
export interface V1Cgroup extends Disposable {
  readonly path: string;
  readonly id: number;
}

/** Where one of the harmless hierarchies of version 1 is mounted; undefined on a unified host. */
export function findV1(): string | undefined {
  return findController(HARMLESS);
}

/** The same of any of certain controllers. */
export function findController(names: readonly string[]): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup' && options.split(',').some((option) => names.includes(option)))
      return before.split(' ')[4];
  }
  return undefined;
}

export function makeV1(mount: string): V1Cgroup {
  const path = join(mount, `vigia-test-${randomBytes(3).toString('hex')}`);
  mkdirSync(path);
  return {
    path,
    id: statSync(path).ino,
    [Symbol.dispose]: () => {
      // What is still in it goes back to the root, where it came from.
      for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter(Boolean))
        writeFileSync(join(mount, 'cgroup.procs'), pid);
      rmdirSync(path);
    },
  };
}

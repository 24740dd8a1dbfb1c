import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Controllers whose hierarchy allows a test cgroup without effects on its processes. */
const HARMLESS = ['pids', 'freezer'];

/** A test cgroup in a v1 hierarchy. Removed at disposal. */
export interface V1Cgroup extends Disposable {
  readonly path: string;
  readonly id: number;
}

/** Mount point of one of these v1 hierarchies; undefined on a host with v2 only. */
export function findV1(): string | undefined {
  return findController(HARMLESS);
}

/** The same for given controllers. */
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
      // Processes still in it return to the root cgroup, where they came from.
      for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter(Boolean))
        writeFileSync(join(mount, 'cgroup.procs'), pid);
      rmdirSync(path);
    },
  };
}

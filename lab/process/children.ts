import type { ChildProcess } from 'node:child_process';
import { afterAll } from 'vitest';

const running = new Set<ChildProcess>();

// Applies to the test file that imports this module. Each file has its own copy.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Kills a program at the end of the tests, even if a test never ends. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

import type { ChildProcess } from 'node:child_process';
import { afterAll } from 'vitest';

const running = new Set<ChildProcess>();

// Of the test file that imports this, by whatever way: each has its own.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Sees to it that a program does not outlive the tests, even where one of them never ends. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

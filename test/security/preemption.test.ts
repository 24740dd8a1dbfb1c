import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ownTemporaryDirectory } from '../../lab/process/temporary.ts';

const SOURCE = join(import.meta.dirname, '../../lab/programs/interleavings.c');
const directory = ownTemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

function walkOf(...defined: readonly string[]): string {
  const program = join(directory.path, 'interleavings');
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', ...defined, '-o', program, SOURCE]);
  return program;
}

test.each([
  { what: 'two programs, any preemption', sizes: [2, 1, 99, 0] },
  { what: 'two that each run twice, with an interrupt', sizes: [2, 2, 4, 1] },
  { what: 'three, with an interrupt', sizes: [3, 1, 3, 1] },
  { what: 'four', sizes: [4, 1, 4, 0] },
])('packet programs of one CPU lose no add in any order: $what', ({ sizes }) => {
  expect(execFileSync(walkOf(), sizes.map(String), { encoding: 'utf8' })).toMatch(/^\d+ orders$/m);
});

test('without the switch program, the walk finds the lost adds', () => {
  const walk = walkOf('-DWITHOUT_SWITCH_PROGRAM');
  expect(() => execFileSync(walk, ['2', '1', '99', '0'])).toThrow();
});

import { expect, test } from 'vitest';
import { CLUE_KIND } from '../core/detect/clue.ts';
import { DIALECTS as DIALECT_RULES } from '../core/detect/dialect.ts';
import { EXEC_REASONS as REASONS } from '../core/detect/exec.ts';
import { CLUE_KINDS, DIALECTS, EXEC_REASONS } from './wire.gen.ts';

test('the core numbers the kinds of clues as the kernel does', () => {
  expect(Object.entries(CLUE_KIND)).toEqual(CLUE_KINDS.map((kind, i) => [kind, i]));
});

test('the core has a rule for each dialect of the kernel, and pools are those that push', () => {
  const pools = DIALECTS.flatMap((name, i) => (/_(job|push)$/.test(name) ? i : []));
  expect(DIALECT_RULES).toHaveLength(DIALECTS.length);
  expect(DIALECT_RULES.flatMap(({ speaker }, i) => (speaker === 'pool' ? i : []))).toEqual(pools);
});

test('the core names the reasons to tell of a program as the kernel does', () => {
  expect(REASONS).toEqual(EXEC_REASONS);
});

import { expect, test } from 'vitest';
import { chartValues } from './chart-values.ts';

const YAML = `# What all of it is for.
a: # -- Not a comment above.
  # -- First,
  # and more.
  b: 1
  c:
    # -- Second.
    d: [x]
# -- Third, a tree.
e:
  f: ""
`;

test('a value is described by the comment above it, with its path and default', () => {
  expect(chartValues(YAML)).toEqual([
    { path: 'a.b', fallback: 1, description: 'First, and more.' },
    { path: 'a.c.d', fallback: ['x'], description: 'Second.' },
    { path: 'e', fallback: { f: '' }, description: 'Third, a tree.' },
  ]);
});

test('a value without a description is an error', () => {
  expect(() => chartValues(`${YAML}g:\n  h: 1\n`)).toThrow('no comment describes g.h');
});

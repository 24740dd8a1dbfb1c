import { expect, test } from 'vitest';
import { mayMineLabels, mayMineOf } from './may-mine.ts';

const pod = { namespace: 'shop', pod: 'web-7d9f-x2x', workload: 'web' };

test.each([
  ['its namespace', ['shop'], true],
  ['its workload', ['shop/web'], true],
  ['itself', ['shop/web-7d9f-x2x'], true],
  ['one of several', ['a', 'b/c', 'shop/web'], true],
  ['nobody', [], false],
  ['another namespace', ['other', 'other/web'], false],
  ['what its names begin with', ['sho', 'shop/we', 'shop/web-7d9f'], false],
  ['its workload without a namespace', ['web', '/web'], false],
])('allowed if the list has %s: %j is %s', (_what, names, allowed) => {
  expect(mayMineOf(names)(pod)).toBe(allowed);
});

test('a label allows mining only with its exact value', () => {
  const allowed = mayMineOf(['example.org/may-mine=yes', 'empty=']);
  const labelled = (...labels: [string, string][]) => allowed({ ...pod, labels: new Map(labels) });
  expect(labelled(['example.org/may-mine', 'yes'])).toBe(true);
  expect(labelled(['empty', ''])).toBe(true);
  expect(labelled(['example.org/may-mine', 'no'], ['yes', 'yes'], ['empty', 'no'])).toBe(false);
  expect(allowed(pod)).toBe(false);
  expect(mayMineLabels(['a', 'b/c', 'd/e=f', 'd/e=g', 'h='])).toEqual(['d/e', 'h']);
});

test('a pod without a namespace is written with nothing before the slash', () => {
  expect(mayMineOf(['/rig'])({ namespace: '', pod: 'rig', workload: 'rig' })).toBe(true);
  expect(mayMineOf(['/rig'])({ namespace: 'a', pod: 'rig', workload: 'rig' })).toBe(false);
});

import { expect, test } from 'vitest';
import { mayMineOf } from './may-mine.ts';

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
])('a pod may mine if the list has %s: %j is %s', (_what, names, allowed) => {
  expect(mayMineOf(names)(pod)).toBe(allowed);
});

test('a pod of no namespace is named with nothing before the slash', () => {
  expect(mayMineOf(['/rig'])({ namespace: '', pod: 'rig', workload: 'rig' })).toBe(true);
  expect(mayMineOf(['/rig'])({ namespace: 'a', pod: 'rig', workload: 'rig' })).toBe(false);
});

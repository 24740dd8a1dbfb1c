import { expect, test } from 'vitest';
import { nearnessOf } from './topology.ts';

const own = { region: 'eu', zone: 'eu-a' };

test.each([
  ['the same zone', own, own, 'zone'],
  ['another zone of the region', own, { region: 'eu', zone: 'eu-b' }, 'region'],
  ['another region', own, { region: 'us', zone: 'us-a' }, 'cluster'],
  ['a zone of the same name in another region', own, { region: 'us', zone: 'eu-a' }, 'cluster'],
  ['a node without labels', own, { region: '', zone: '' }, 'cluster'],
  ['a node that is not known', own, undefined, 'cluster'],
  ['all, from a node without labels', undefined, own, 'cluster'],
  ['a node that only tells its region', own, { region: 'eu', zone: '' }, 'cluster'],
  ['the same zone, without regions', { region: '', zone: 'a' }, { region: '', zone: 'a' }, 'zone'],
  ['another one, without regions', { region: '', zone: 'a' }, { region: '', zone: 'b' }, 'cluster'],
])('%s', (_, from, to, wanted) => {
  expect(nearnessOf(from, to)).toBe(wanted);
});

import { expect, test } from 'vitest';
import { findings } from '../../core/mining/findings.fixture.ts';
import { RequestError } from './call-status.ts';
import { findingFilter } from './finding-filter.ts';
import type { FindingsRequest } from './view.ts';

function podsOf(request: FindingsRequest): string[] {
  return findings.filter(findingFilter(request)).map(({ pod }) => pod);
}

test('an empty request selects all findings', () => {
  expect(findings.filter(findingFilter({}))).toEqual(findings);
  expect(findings.filter(findingFilter({ namespace: '', pod: '', minScore: 0 }))).toEqual(findings);
});

test('all fields must match: a namespace in full, a pod by its prefix, a score', () => {
  expect(podsOf({ namespace: 'shop' })).toEqual(['web-0']);
  expect(podsOf({ namespace: 'sho' })).toEqual([]);
  expect(podsOf({ pod: 'back' })).toEqual(['backup.service']);
  expect(podsOf({ minScore: 70 })).toEqual(['web-0', 'backup.service']);
  expect(podsOf({ pod: 'rig', minScore: 1 })).toEqual([]);
});

test('an invalid score is rejected with the valid range', () => {
  expect(() => findingFilter({ minScore: 101 })).toThrow(RequestError);
  expect(() => findingFilter({ minScore: 101 })).toThrow('got 101, want a score from 0 to 100');
});

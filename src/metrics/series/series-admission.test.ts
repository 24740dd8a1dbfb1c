import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Share } from '../../core/sharing/fair-share.ts';
import { SeriesAdmission } from './series-admission.ts';

const NOBODYS: readonly Share[] = [];

function round(
  admission: SeriesAdmission,
  costs: Readonly<Record<string, number>>,
  sharesOf: (key: string) => readonly Share[] = () => NOBODYS,
): string[] {
  admission.begin(Object.keys(costs));
  return Object.entries(costs).flatMap(([key, cost]) =>
    admission.admits(key, { cost, shares: sharesOf(key) }) ? [key] : [],
  );
}

test('an admitted key stays admitted when others come before it', () => {
  const admission = new SeriesAdmission(10);
  expect(round(admission, { a: 6, b: 4 })).toEqual(['a', 'b']);
  expect(round(admission, { new: 4, a: 6, b: 4 })).toEqual(['a', 'b']);
});

test('a refused key is counted once, and admitted when there is room', () => {
  const admission = new SeriesAdmission(10);
  round(admission, { a: 6, b: 5 });
  round(admission, { a: 6, b: 5 });
  expect(admission.dropped).toBe(5);
  expect(round(admission, { b: 5 })).toEqual(['b']);
  expect(round(admission, { b: 5, a: 6 })).toEqual(['b']);
  expect(admission.dropped).toBe(11);
});

/** `a1`, `a2` … belong to one owner. */
const ownersShare = (key: string): Share[] => [{ of: key[0] ?? '', times: 8 }];
const many = (owner: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${owner}${i}`, 1]));

test('an owner with many keys leaves room for a second owner, which in turn leaves room', () => {
  const admission = new SeriesAdmission(90);
  expect(round(admission, many('a', 200), ownersShare)).toHaveLength(80);
  expect(admission.dropped).toBe(120);
  const both = round(admission, { ...many('a', 200), ...many('b', 200) }, ownersShare);
  expect(both.filter((key) => key.startsWith('a'))).toHaveLength(80);
  expect(both.filter((key) => key.startsWith('b'))).toHaveLength(9);
  // Keys that leave make room for both.
  const later = round(admission, { ...many('b', 200), ...many('a', 10) }, ownersShare);
  expect(later).toEqual(expect.arrayContaining([...both].filter((key) => key.startsWith('b'))));
  expect(later.filter((key) => key.startsWith('b')).length).toBeGreaterThan(60);
});

test('the limit holds and no admitted key is dropped, in any order of arrivals and departures', () => {
  const costs = fc.dictionary(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 1, max: 9 }));
  const share = fc.record({ of: fc.constantFrom('x', 'y'), times: fc.constantFrom(0.5, 8) });
  const shares = fc.dictionary(fc.constantFrom(...'abcdefgh'), fc.array(share, { maxLength: 2 }));
  fc.assert(
    fc.property(fc.array(costs, { maxLength: 20 }), shares, (rounds, sharesByKey) => {
      const admission = new SeriesAdmission(20);
      let before: string[] = [];
      for (const one of rounds) {
        const admitted = round(admission, one, (key) => sharesByKey[key] ?? NOBODYS);
        expect(admission.reserved).toBeLessThanOrEqual(20);
        for (const key of before) if (key in one) expect(admitted).toContain(key);
        before = admitted;
      }
      round(admission, {});
      expect(admission.reserved).toBe(0);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Admission } from './admission.ts';

function round(admission: Admission, costs: Readonly<Record<string, number>>): string[] {
  admission.begin(Object.keys(costs));
  return Object.entries(costs).flatMap(([key, cost]) => (admission.admits(key, cost) ? [key] : []));
}

test('who was admitted stays, whoever comes before', () => {
  const admission = new Admission(10);
  expect(round(admission, { a: 6, b: 4 })).toEqual(['a', 'b']);
  expect(round(admission, { new: 4, a: 6, b: 4 })).toEqual(['a', 'b']);
});

test('who is refused is counted once, and admitted when there is room', () => {
  const admission = new Admission(10);
  round(admission, { a: 6, b: 5 });
  round(admission, { a: 6, b: 5 });
  expect(admission.dropped).toBe(5);
  expect(round(admission, { b: 5 })).toEqual(['b']);
  expect(round(admission, { b: 5, a: 6 })).toEqual(['b']);
  expect(admission.dropped).toBe(11);
});

test('the bound holds and nobody flaps, whoever comes and goes', () => {
  const costs = fc.dictionary(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(costs, { maxLength: 20 }), (rounds) => {
      const admission = new Admission(20);
      let before: string[] = [];
      for (const one of rounds) {
        const admitted = round(admission, one);
        expect(admission.reserved).toBeLessThanOrEqual(20);
        for (const key of before) if (key in one) expect(admitted).toContain(key);
        before = admitted;
      }
    }),
  );
});

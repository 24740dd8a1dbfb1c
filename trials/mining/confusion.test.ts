import { expect, test } from 'vitest';
import { f1Of, NOBODY, precisionOf, recallOf, together } from './confusion.ts';

const counts = { miners: 10, detected: 8, innocents: 90, wrong: 2 };

test('recall is a share of miners, precision a share of detections', () => {
  expect(recallOf(counts)).toBe(0.8);
  expect(precisionOf(counts)).toBe(0.8);
  expect(precisionOf({ ...counts, wrong: 8 })).toBe(0.5);
});

test('F1 is the harmonic mean of the two', () => {
  const worse = { ...counts, wrong: 8 };
  const [recall, precision] = [recallOf(worse), precisionOf(worse)];
  expect(f1Of(worse)).toBeCloseTo((2 * recall * precision) / (recall + precision), 12);
  expect(f1Of({ ...counts, detected: 0 })).toBe(0);
});

test('without any counts the shares are NaN', () => {
  expect([recallOf, precisionOf, f1Of].map((of) => of(NOBODY))).toEqual([NaN, NaN, NaN]);
});

test('counts are added', () => {
  expect(together([counts, counts])).toEqual({
    miners: 20,
    detected: 16,
    innocents: 180,
    wrong: 4,
  });
});

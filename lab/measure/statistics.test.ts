import { expect, test } from 'vitest';
import { median, quantile, rangeOf } from './statistics.ts';

test('the median of an even number of figures is the mean of the two in the middle', () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a quantile is one of the figures', () => {
  const figures = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(quantile(figures, 0.95)).toBe(96);
  expect(quantile(figures, 1)).toBe(100);
});

test('a range is the minimum and the maximum', () => {
  expect(rangeOf([2, 9, 4])).toEqual([2, 9]);
});

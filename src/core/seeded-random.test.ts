import { expect, test } from 'vitest';
import { belowFrom, randomFrom } from './seeded-random.ts';

const take = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

test('the same seed gives the same numbers, and another seed gives others', () => {
  expect(take(50, randomFrom(7))).toEqual(take(50, randomFrom(7)));
  expect(take(50, randomFrom(7))).not.toEqual(take(50, randomFrom(8)));
});

test('numbers are at least 0 and less than 1, for seed 0 too', () => {
  for (const number of take(10_000, randomFrom(0))) {
    expect(number).toBeGreaterThanOrEqual(0);
    expect(number).toBeLessThan(1);
  }
});

test('whole numbers below a limit are equally frequent', () => {
  const below = belowFrom(3);
  const drawn = take(80_000, () => below(8));
  for (let number = 0; number < 8; number++) {
    const share = drawn.filter((each) => each === number).length / drawn.length;
    expect(share).toBeCloseTo(1 / 8, 2);
  }
});

test('neighboring seeds differ from the first number on', () => {
  const firsts = new Set(take(100, () => 0).map((_, seed) => belowFrom(seed)(1000)));
  expect(firsts.size).toBeGreaterThan(90);
});

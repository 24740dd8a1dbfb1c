import { expect, test } from 'vitest';
import { RateLimit } from './log.ts';

test('one message a period is let through, with the number of those held back', () => {
  const limit = new RateLimit(100);
  expect([0, 1, 99, 100, 101, 250].map((nowMs) => limit.admit(nowMs))).toEqual([
    0,
    undefined,
    undefined,
    2,
    undefined,
    1,
  ]);
});

test('after good news the next trouble is told at once', () => {
  const limit = new RateLimit(100);
  limit.admit(0);
  limit.reset();
  expect(limit.admit(1)).toBe(0);
});

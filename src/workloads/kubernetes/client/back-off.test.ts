import { expect, test } from 'vitest';
import { BackOff } from './back-off.ts';

test('pauses double up to half a minute, and begin anew after a success', () => {
  const backOff = new BackOff(() => 1);
  const pauses = Array.from({ length: 8 }, () => backOff.next());
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backOff.reset();
  expect(backOff.next()).toBe(500);
});

test('half of a pause is by chance', () => {
  expect(new BackOff(() => 0).next()).toBe(250);
});

import { expect, test } from 'vitest';
import { lazily } from './lazily.ts';

test('nothing is created without a request, and it is created only once', () => {
  let times = 0;
  const made = lazily(() => ({ times: ++times }));
  expect(times).toBe(0);
  expect(made()).toBe(made());
  expect(times).toBe(1);
});

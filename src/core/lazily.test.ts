import { expect, test } from 'vitest';
import { lazily } from './lazily.ts';

test('what nobody asks for is not made, and what is asked for is made once', () => {
  let times = 0;
  const made = lazily(() => ({ times: ++times }));
  expect(times).toBe(0);
  expect(made()).toBe(made());
  expect(times).toBe(1);
});

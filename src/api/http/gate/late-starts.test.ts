import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LateStarts } from './late-starts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('each starts later, in order, and once', () => {
  const started: string[] = [];
  const starts = new LateStarts({ afterMs: 100, most: 2 });
  starts.add(() => started.push('a'));
  vi.advanceTimersByTime(50);
  starts.add(() => started.push('b'));
  expect(started).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(started).toEqual(['a']);
  vi.advanceTimersByTime(1000);
  expect(started).toEqual(['a', 'b']);
});

test('above the maximum, the oldest starts at once', () => {
  const started: string[] = [];
  const starts = new LateStarts({ afterMs: 100, most: 2 });
  for (const name of ['a', 'b', 'c', 'd']) starts.add(() => started.push(name));
  expect(started).toEqual(['a', 'b']);
  vi.advanceTimersByTime(1000);
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

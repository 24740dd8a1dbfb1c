import { expect, test } from 'vitest';
import { FlowDiary, MOST_MOMENTS } from './flow-diary.ts';

const BEGUN = { sentBytes: 1000, receivedBytes: 500, established: 1, openNow: 1 };

test('a moment holds the bytes since the previous one and lasts at least four seconds', () => {
  const diary = new FlowDiary(BEGUN, 100);
  const sent = (bytes: number) => ({ ...BEGUN, sentBytes: BEGUN.sentBytes + bytes });
  expect([101, 102, 103].map((at) => diary.note(sent(at - 100), at))).toEqual([
    false,
    false,
    false,
  ]);
  expect(diary.note(sent(40), 104)).toBe(true);
  expect(diary.note({ ...sent(40), receivedBytes: 507 }, 109)).toBe(true);
  expect(diary.moments).toEqual({ sent: [40, 0], received: [0, 7] });
});

test('a connection that is missing for one tick is not counted again', () => {
  const diary = new FlowDiary(BEGUN, 0);
  diary.note({ ...BEGUN, sentBytes: 0, receivedBytes: 0 }, 5);
  diary.note({ ...BEGUN, sentBytes: 1010, receivedBytes: 502 }, 10);
  expect(diary.moments).toEqual({ sent: [0, 10], received: [0, 2] });
});

test('it holds the latest eight minutes, their reconnects, and the time without a connection', () => {
  const diary = new FlowDiary(BEGUN, 0);
  for (let i = 1; i <= 3 * MOST_MOMENTS; i++) diary.note({ ...BEGUN, established: 1 + i }, 5 * i);
  expect(diary.moments.sent).toHaveLength(MOST_MOMENTS);
  expect(diary.reconnects).toBe(MOST_MOMENTS);
  for (let i = 1; i <= 3; i++) diary.note({ ...BEGUN, openNow: 0 }, 5000 + 5 * i);
  expect(diary.closed).toBe(3);
  diary.note(BEGUN, 6000);
  expect(diary.closed).toBe(0);
});

test('a clock that steps back starts a moment', () => {
  const diary = new FlowDiary(BEGUN, 5000);
  expect(diary.note(BEGUN, 10)).toBe(true);
  expect(diary.note(BEGUN, 15)).toBe(true);
});

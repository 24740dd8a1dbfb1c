import { expect, test } from 'vitest';
import type { Signal } from '../../src/core/mining/signal.ts';
import { Peaks } from './peaks.ts';

function heardAt(lastSeconds: number, ...signals: readonly Signal[]) {
  return signals.map((signal) => ({ signal, lastSeconds }));
}

test('without a signal the others are left, and so is the cap of the weak ones', () => {
  const peaks = new Peaks();
  peaks.note(heardAt(10, 'argv', 'known_name', 'pool_name', 'dataset_memory'), 10);
  expect(peaks.score).toBe(100);
  expect(peaks.without('known_name')).toBe(100);
  expect(peaks.without('argv')).toBe(70);
  expect(peaks.without('randomx')).toBe(100);
});

test('without one of its signals there is no combination', () => {
  const peaks = new Peaks();
  peaks.note(heardAt(10, 'pool_flow', 'tireless_cpu'), 10);
  expect(peaks.score).toBe(70);
  expect(peaks.without('tireless_cpu')).toBe(20);
});

test('a peak outlasts what comes later, also without a signal', () => {
  const peaks = new Peaks();
  peaks.note(heardAt(0, 'randomx'), 0);
  peaks.note(heardAt(0, 'randomx'), 7200);
  peaks.note(heardAt(7200, 'msr'), 7200);
  expect(peaks.score).toBe(90);
  expect(peaks.signals).toEqual(['randomx']);
  expect(peaks.without('randomx')).toBe(60);
  expect(peaks.without('msr')).toBe(90);
});

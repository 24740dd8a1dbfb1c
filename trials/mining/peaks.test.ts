import { expect, test } from 'vitest';
import type { Signal } from '../../src/core/mining/signal.ts';
import { Peaks } from './peaks.ts';

function detectedAt(lastSeconds: number, ...signals: readonly Signal[]) {
  return signals.map((signal) => ({ signal, lastSeconds }));
}

test('without a signal the others and the cap of weak signals remain', () => {
  const peaks = new Peaks();
  peaks.note(detectedAt(10, 'argv', 'known_name', 'pool_name', 'dataset_memory'), 10);
  expect(peaks.score).toBe(100);
  expect(peaks.without('known_name')).toBe(100);
  expect(peaks.without('argv')).toBe(70);
  expect(peaks.without('randomx')).toBe(100);
});

test('a combination needs all of its signals', () => {
  const peaks = new Peaks();
  peaks.note(detectedAt(10, 'pool_flow', 'tireless_cpu'), 10);
  expect(peaks.score).toBe(70);
  expect(peaks.without('tireless_cpu')).toBe(20);
});

test('a peak is kept, also without one signal', () => {
  const peaks = new Peaks();
  peaks.note(detectedAt(0, 'randomx'), 0);
  peaks.note(detectedAt(0, 'randomx'), 7200);
  peaks.note(detectedAt(7200, 'msr'), 7200);
  expect(peaks.score).toBe(90);
  expect(peaks.signals).toEqual(['randomx']);
  expect(peaks.without('randomx')).toBe(60);
  expect(peaks.without('msr')).toBe(90);
});

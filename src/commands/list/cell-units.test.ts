import { expect, test } from 'vitest';
import { ageText, bytesText, latencyText } from './cell-units.ts';

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1.0KiB'],
  [102_348, '99.9KiB'],
  [102_400, '100KiB'],
  [1024 ** 2 - 1, '1.0MiB'],
  [1.4 * 1024 ** 3, '1.4GiB'],
  [2 ** 53 - 1, '8.0PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [undefined, '–'],
  [0, '0µs'],
  [0.000_000_4, '0.4µs'],
  [0.000_097, '97µs'],
  [0.000_999_6, '1ms'],
  [0.001_54, '1.54ms'],
  [0.0123, '12.3ms'],
  [0.999_9, '1s'],
  [1.25, '1.25s'],
  [1234.5, '1235s'],
])('%s seconds of latency are %s', (seconds, text) => {
  expect(latencyText(seconds)).toBe(text);
});

test.each([
  [-3, '0s'],
  [0.4, '0s'],
  [59.6, '1m0s'],
  [125, '2m5s'],
  [3600, '1h0m'],
  [273_600, '3d4h'],
])('an age of %d seconds is %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});

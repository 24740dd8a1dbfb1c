import { expect, test } from 'vitest';
import { textOf } from './latin-text.ts';

test('text ends at the first zero, with one character for each octet', () => {
  expect(textOf(Uint8Array.of(0x78, 0x6d, 0x00, 0x72))).toBe('xm');
  expect(textOf(Uint8Array.of(0x1b, 0xff, 0xc3, 0x28))).toBe('\u001b\u00ff\u00c3(');
  expect(textOf(Uint8Array.of(0))).toBe('');
  expect(textOf(new Uint8Array())).toBe('');
  expect(textOf(new Uint8Array(64).fill(0x41))).toBe('A'.repeat(64));
});

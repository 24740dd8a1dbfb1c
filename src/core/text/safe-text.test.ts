import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellText, escaped, jsonText } from './safe-text.ts';

test.each([
  ['web-0', 'web-0'],
  ['\u001b[2J\u0007', '\\x1b[2J\\x07'],
  ['a\r\n\tb\u0000', 'a\\x0d\\x0a\\x09b\\x00'],
  ['\u007f\u009b31m', '\\x7f\\x9b31m'],
  ['abc\u202etxt.exe', 'abc\\u{202e}txt.exe'],
  ['a\u200bb\u2028', 'a\\u{200b}b\\u{2028}'],
  ['dev-disk\\x2dby', 'dev-disk\\x2dby'],
  ['größe-数据-🦀', 'größe-数据-🦀'],
])('%j is shown as %s', (text, shown) => {
  expect(escaped(text)).toBe(shown);
});

test('a cell has at most 64 characters; the last one marks a cut', () => {
  expect(cellText('x'.repeat(64))).toBe('x'.repeat(64));
  expect(cellText('x'.repeat(65))).toBe(`${'x'.repeat(63)}…`);
  expect(cellText('\u001b'.repeat(1000))).toBe(`${'\\x1b'.repeat(15)}\\x1…`);
});

test('for any name, the text has no control character, and JSON keeps the same value', () => {
  const anything = fc.string({ unit: 'binary' });
  const commanding = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
  fc.assert(
    fc.property(anything, (text) => {
      expect(cellText(text)).not.toMatch(commanding);
      expect(jsonText({ [text]: text })).not.toMatch(commanding);
      expect(JSON.parse(jsonText({ a: text }))).toEqual({ a: text });
    }),
  );
});

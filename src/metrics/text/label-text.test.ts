import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaced } from '../../core/text/safe-text.ts';
import { escapeHelp, escapeLabel, joinLabels, labelText } from './label-text.ts';

test('backslash and quote are escaped', () => {
  expect(labelText({ pod: 'a\\b"c' })).toBe('pod="a\\\\b\\"c"');
});

test.each([
  ['NUL, which would end the text for the reader', '\0'],
  ['a newline', '\n'],
  ['an escape sequence', '\u001b'],
  ['the same in one character', '\u009b'],
  ['what reverses the text', '\u202e'],
  ['what has no width', '\u200b'],
  ['half of a character', '\ud83e'],
  ['the end of a line, to JavaScript', '\u2028'],
])('%s is replaced', (_, character) => {
  expect(escapeLabel(`a${character}[31mb`)).toBe('a\uFFFD[31mb');
});

test('any label value stays on its line and within its quotes, and can be parsed back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeLabel(text);
      expect(escaped).toMatch(/^(?:[^"\\\p{C}\p{Zl}\p{Zp}]|[\p{Cn}\p{Co}]|\\["\\])*$/u);
      const read = escaped.replaceAll(/\\(.)/g, '$1');
      expect(read).toBe(replaced(text));
    }),
  );
});

test('quotes in HELP are escaped only in OpenMetrics', () => {
  expect(escapeHelp('a "b"\n\\', false)).toBe('a "b"\\n\\\\');
  expect(escapeHelp('a "b"\n\\', true)).toBe('a \\"b\\"\\n\\\\');
});

test('empty label texts join to nothing', () => {
  expect(joinLabels('', 'a="1"', '')).toBe('a="1"');
});

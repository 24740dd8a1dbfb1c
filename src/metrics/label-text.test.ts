import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHelp, escapeLabel, joinLabels, labelText } from './label-text.ts';

test('backslash, quote and newline are escaped', () => {
  expect(labelText({ pod: 'a\\b"c\nd' })).toBe('pod="a\\\\b\\"c\\nd"');
});

test('a NUL, which would end the text for the reader, is replaced', () => {
  expect(escapeLabel('a\0b')).toBe('a\uFFFDb');
});

test('whatever a label holds, it stays on its line and within its quotes, and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeLabel(text);
      expect(escaped).toMatch(/^(?:[^"\\\n\0]|\\["\\n])*$/u);
      const read = escaped.replaceAll(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one));
      expect(read).toBe(text.replaceAll('\0', '\uFFFD'));
    }),
  );
});

test('quotes are escaped in a help text for OpenMetrics alone', () => {
  expect(escapeHelp('a "b"\n\\', false)).toBe('a "b"\\n\\\\');
  expect(escapeHelp('a "b"\n\\', true)).toBe('a \\"b\\"\\n\\\\');
});

test('empty label texts join to nothing', () => {
  expect(joinLabels('', 'a="1"', '')).toBe('a="1"');
});

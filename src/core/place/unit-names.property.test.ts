import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unescapedUnit } from './cgroup-place.ts';
import { placeOf } from './place.ts';

const octets = (text: string) => [...new TextEncoder().encode(text)];
const escaped = (octet: number) => `\\x${octet.toString(16).padStart(2, '0')}`;

/**
 * Characters that systemd leaves unescaped (systemd.unit(5)). It still escapes some of them at
 * certain positions.
 */
const PLAIN = /^[A-Za-z0-9:_.]$/;

/** A name as `systemd-escape` writes it. */
function escapedBySystemd(text: string): string {
  return Array.from(text, (letter) =>
    PLAIN.test(letter) ? letter : octets(letter).map(escaped).join(''),
  ).join('');
}

const shown = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}/\\]/u.test(text));

test('every escaped name is decoded, for units, slices and machines', () => {
  fc.assert(
    fc.property(shown, (text) => {
      const name = escapedBySystemd(text);
      expect(unescapedUnit(name)).toBe(text);
      expect(placeOf(`/system.slice/a${name}.service`)?.pod).toBe(`a${text}.service`);
      expect(placeOf(`/a${name}.slice/b.service`)?.namespace).toBe(`a${text}.slice`);
      expect(placeOf(`/machine.slice/machine-a${name}.scope`)?.pod).toBe(`a${text}`);
    }),
  );
});

test('escapes of invalid text, terminal control characters and path separators stay', () => {
  const any = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(any, (bytes) => {
      const name = bytes.map(escaped).join('');
      const seen = unescapedUnit(name);
      if (seen === name) return;
      expect(octets(seen)).toEqual(bytes);
      expect(seen).not.toMatch(/[\p{Cc}\p{Cf}/\\]/u);
    }),
  );
});

test.each(['\\x', '\\x2', '\\xg0', '\\X2d', 'x2d', '\\\\', '\\x2D'])(
  'what only looks like an escape stays as it is: %s',
  (text) => {
    expect(unescapedUnit(`a${text}z`)).toBe(`a${text}z`);
  },
);

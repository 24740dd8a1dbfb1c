import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unescapedUnit } from './cgroup-place.ts';
import { placeOf } from './place.ts';

const octets = (text: string) => [...new TextEncoder().encode(text)];
const escaped = (octet: number) => `\\x${octet.toString(16).padStart(2, '0')}`;

/** What systemd leaves as it is (systemd.unit(5)); which of these it escapes all the same is up to it. */
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

test('whatever systemd escapes is shown as it was, in units, slices and machines', () => {
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

test('any octets stay escaped that are no text, or that a terminal or a path would obey', () => {
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

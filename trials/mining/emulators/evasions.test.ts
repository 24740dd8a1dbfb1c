import { expect, test } from 'vitest';
import { randomFrom } from '../../../src/core/seeded-random.ts';
import { EVASIONS, type Segment, segmentsOf } from './evasions.ts';
import { GRAMMARS } from './grammars.ts';
import { type Json, write } from './json-style.ts';

const MESSAGE: Json = {
  id: 1,
  method: 'login',
  params: { login: 'a"/\\b', pass: 'x', list: [1, null] },
};

test('a parsed message is the same in any order, spacing and escaping', () => {
  const random = randomFrom(1);
  const style = { isReordered: true, isSpaced: true, isEscaped: true };
  const written = Array.from({ length: 200 }, () => write(MESSAGE, style, random));
  for (const text of written) expect(JSON.parse(text)).toEqual(MESSAGE);
  expect(new Set(written).size).toBeGreaterThan(100);
});

test('extra keys do not replace those of the message', () => {
  const text = write(MESSAGE, { hasMore: true }, randomFrom(1));
  expect(JSON.parse(text)).toMatchObject(Object(MESSAGE));
});

test.each(['split at random', 'split within each word', 'one byte per segment'])(
  'a session %s is complete and in order',
  (name) => {
    for (const grammar of Object.values(GRAMMARS))
      expect(sessionText(name, grammar)).toBe(sessionText('plain', grammar));
  },
);

test('each word is split', () => {
  const turns = [{ from: 'client', json: MESSAGE } as const];
  const cut = segmentsOf(turns, EVASIONS['split within each word'] ?? {}, randomFrom(1));
  const whole = /"(?:method|login|params|pass)"/;
  expect(cut.filter(({ octets }) => whole.test(octets))).toEqual([]);
});

/** The bytes of each side, joined. The random numbers are the same each time. */
function sessionText(evasion: string, grammar: (typeof GRAMMARS)[string]): string {
  const how = EVASIONS[evasion] ?? {};
  const turns = grammar(randomFrom(3));
  return segmentsOf(turns, how, randomFrom(4)).map(octetsOf).join('');
}

function octetsOf({ octets }: Segment): string {
  return octets;
}

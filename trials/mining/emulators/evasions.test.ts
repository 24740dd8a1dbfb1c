import { expect, test } from 'vitest';
import { randomFrom } from '../../../src/core/mining/observation.fixture.ts';
import { GRAMMARS } from './dialects.ts';
import { EVASIONS, type Segment, segmentsOf } from './evasions.ts';
import { type Json, write } from './json-style.ts';

const MESSAGE: Json = {
  id: 1,
  method: 'login',
  params: { login: 'a"/\\b', pass: 'x', list: [1, null] },
};

test('a message is the same to whoever parses it, in any order, spaced and escaped', () => {
  const random = randomFrom(1);
  const style = { isReordered: true, isSpaced: true, isEscaped: true };
  const written = Array.from({ length: 200 }, () => write(MESSAGE, style, random));
  for (const text of written) expect(JSON.parse(text)).toEqual(MESSAGE);
  expect(new Set(written).size).toBeGreaterThan(100);
});

test('more keys are beside those of the message, not in place of them', () => {
  const text = write(MESSAGE, { hasMore: true }, randomFrom(1));
  expect(JSON.parse(text)).toMatchObject(Object(MESSAGE));
});

test.each(['split at random', 'split within each word', 'one byte per segment'])(
  'what is %s is said whole, in its order',
  (name) => {
    for (const grammar of Object.values(GRAMMARS))
      expect(said(name, grammar)).toBe(said('plain', grammar));
  },
);

test('each word is cut somewhere within', () => {
  const turns = [{ from: 'client', json: MESSAGE } as const];
  const cut = segmentsOf(turns, EVASIONS['split within each word'] ?? {}, randomFrom(1));
  const whole = /"(?:method|login|params|pass)"/;
  expect(cut.filter(({ octets }) => whole.test(octets))).toEqual([]);
});

/** By both sides, run together; the grammar's own chance is the same each time. */
function said(evasion: string, grammar: (typeof GRAMMARS)[string]): string {
  const how = EVASIONS[evasion] ?? {};
  const turns = grammar(randomFrom(3));
  return segmentsOf(turns, how, randomFrom(4)).map(octetsOf).join('');
}

function octetsOf({ octets }: Segment): string {
  return octets;
}

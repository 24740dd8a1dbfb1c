import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListItems } from './list-items.ts';

function read(text: string, pieceLength: number, longest?: number) {
  const items: unknown[] = [];
  const list = new ListItems((item) => items.push(item && JSON.parse(item)), longest);
  for (let at = 0; at < text.length; at += pieceLength) list.add(text.slice(at, at + pieceLength));
  return { items, rest: list.rest };
}

test('a list comes apart into its items and the rest, wherever it is cut', () => {
  const list = fc.record({
    kind: fc.string(),
    metadata: fc.dictionary(fc.string(), fc.jsonValue()),
    items: fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
  });
  fc.assert(
    fc.property(
      list,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 2),
      (wanted, cut, pad) => {
        const { items, rest } = read(JSON.stringify(wanted, undefined, pad), cut);
        const plain = JSON.parse(JSON.stringify(wanted));
        expect(items).toEqual(plain.items);
        expect(JSON.parse(rest)).toEqual({ ...plain, items: [] });
      },
    ),
  );
});

test('an item that is too long is told as such, and those after it are read', () => {
  const text = JSON.stringify({ items: [{ a: 1 }, { b: 'x'.repeat(100) }, { c: 3 }] });
  expect(read(text, 7, 60).items).toEqual([{ a: 1 }, undefined, { c: 3 }]);
});

test.each(['', '{"items":[{"a":1}', '{"items":[{"a":1},{"b'])('%j is not complete', (text) => {
  expect(() => JSON.parse(read(text, 5).rest)).toThrow();
});

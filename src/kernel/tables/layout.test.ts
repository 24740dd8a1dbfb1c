import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRows, type Layout, u64, WireError } from './layout.ts';

const pair: Layout<{ id: number; count: number }> = {
  name: 'pair_row',
  size: 16,
  decode: (view, at) => ({ id: u64(view, at), count: u64(view, at + 8) }),
};

test('a u64 is exact up to 2^53', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (count) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(count), true);
      expect(u64(view, 0)).toBe(count);
    }),
  );
});

test('rows are decoded in order, at any offset of the buffer', () => {
  const words = new BigUint64Array([9n, 1n, 2n, 3n, 4n]);
  expect(decodeRows(new Uint8Array(words.buffer, 8), pair)).toEqual([
    { id: 1, count: 2 },
    { id: 3, count: 4 },
  ]);
});

test('an empty table has no rows', () => {
  expect(decodeRows(new Uint8Array(0), pair)).toEqual([]);
});

test('an incomplete row is an error with the file, the row type and the excess bytes', () => {
  const decode = () => decodeRows(new Uint8Array(20), pair, 'tables/usage');
  expect(decode).toThrow(WireError);
  expect(decode).toThrow(
    'tables/usage: 20 bytes are not a whole number of rows (pair_row has 16 bytes; 4 left over)',
  );
});

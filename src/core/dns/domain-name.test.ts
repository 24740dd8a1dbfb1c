import { expect, test } from 'vitest';
import { label, name, pointer } from './compose.ts';
import { readName } from './domain-name.ts';

const HEADER = Array<number>(12).fill(0);

const read = (at: number, ...parts: (readonly number[])[]) =>
  readName(Uint8Array.from([...HEADER, ...parts.flat()]), at);

test('a name ends at its root, or at its first pointer', () => {
  expect(read(12, name('web.shop'))).toEqual({ text: 'web.shop', end: 22 });
  const parts = [name('shop'), label('web'), pointer(12), label('a'), pointer(18)];
  expect(read(18, ...parts)).toEqual({ text: 'web.shop', end: 24 });
  expect(read(24, ...parts)).toEqual({ text: 'a.web.shop', end: 28 });
});

test('only ASCII letters are converted to lower case', () => {
  expect(read(12, name('@AMZ[`amz{\xc0'))?.text).toBe('@amz[`amz{\\192');
});

test.each([
  ['before it begins', []],
  ['after a label', label('web')],
  ['within a label', [9, 0x61, 0x62]],
])('a name that is truncated %s is invalid', (_, octets) => {
  expect(read(12, octets)).toBeUndefined();
});

test('a pointer must lead to an earlier offset than its own name, even after another pointer', () => {
  const back = [label('a'), pointer(16), name('b'), label('c'), pointer(12)];
  expect(read(16, ...back)?.text).toBe('b');
  expect(read(19, ...back)).toBeUndefined();
});

test('half a pointer is invalid', () => {
  const far = [Array<number>(244).fill(0), name('far'), [0xc1]]; // 0xc100 would be offset 256
  expect(read(261, ...far)).toBeUndefined();
  expect(read(261, ...far, [0])).toEqual({ text: 'far', end: 263 });
});

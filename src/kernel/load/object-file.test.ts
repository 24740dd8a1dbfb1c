import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ObjectFileError, withConstants } from './object-file.ts';

const SOURCE = `
const volatile unsigned int generation = 0x11111111;
const volatile unsigned long long root_id = 0x2222222222222222;
const volatile unsigned short narrow = 0x3333;
static const int table[] = { 7, 8, 9 };
__attribute__((section("socket"), used)) int use(void *context)
{
	return generation + root_id + narrow + table[generation % 3];
}
`;

let directory: string;
let object: Uint8Array;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vigia-object-'));
  const path = join(directory, 'object.bpf.o');
  const flags = ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', path];
  execFileSync('clang', flags, { input: SOURCE });
  object = Uint8Array.from(readFileSync(path));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Offsets at which two files differ. */
function differences(one: Uint8Array, other: Uint8Array): number[] {
  expect(one.length).toBe(other.length);
  return [...one.keys()].filter((i) => one[i] !== other[i]);
}

test('a constant is set, and all other bytes stay', () => {
  const before = Uint8Array.from(object);
  const patched = withConstants(object, { generation: 0xaabbccdd });
  const at = differences(patched, object);
  expect(at.map((i) => patched[i])).toEqual([0xdd, 0xcc, 0xbb, 0xaa]);
  expect(at.map((i) => object[i])).toEqual([0x11, 0x11, 0x11, 0x11]);
  expect(object).toEqual(before);
});

test('a constant of eight bytes can be a bigint', () => {
  const patched = withConstants(object, { root_id: 0xf1f2f3f4f5f6f7f8n });
  const written = differences(patched, object).map((i) => patched[i]);
  expect(written).toEqual([0xf8, 0xf7, 0xf6, 0xf5, 0xf4, 0xf3, 0xf2, 0xf1]);
});

test('a constant that the object does not have is ignored', () => {
  expect(withConstants(object, { nr_cpus: 4 })).toEqual(Uint8Array.from(object));
});

test('a variable of another width is refused', () => {
  expect(() => withConstants(object, { narrow: 1 })).toThrow(
    'narrow has 2 bytes; only 4 and 8 are supported',
  );
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['a text', new TextEncoder().encode('#!/bin/sh\n'.repeat(20))],
])('%s is not an object', (_, bytes) => {
  expect(() => withConstants(bytes, { generation: 1 })).toThrow(ObjectFileError);
});

test('a big-endian object is refused', () => {
  const other = Uint8Array.from(object);
  other[5] = 2;
  expect(() => withConstants(other, { generation: 1 })).toThrow('not a little-endian ELF64 file');
});

test('a truncated object is refused, at any length', () => {
  const lastHeaderBytes = 64;
  fc.assert(
    fc.property(fc.nat(object.length - lastHeaderBytes), (length) => {
      expect(() => withConstants(object.subarray(0, length), { generation: 1 })).toThrow();
    }),
  );
});

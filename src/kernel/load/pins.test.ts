import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PinsError, parseVersion, readPins, type Version, versionName } from './pins.ts';

const [older, newer] = [
  { generation: 9, layout: '0000beef', build: '12345678', slots: 256 },
  { generation: 10, layout: '0000beef', build: '87654321', slots: 256 },
];

let bpffs: string;
beforeEach(() => {
  bpffs = mkdtempSync(join(tmpdir(), 'vigia-pins-'));
});
afterEach(() => rmSync(bpffs, { recursive: true }));

test('a version is parsed from its name', () => {
  const hex = fc.integer({ min: 0, max: 0xffffffff }).map((n) => n.toString(16).padStart(8, '0'));
  const version = fc.record({ generation: fc.nat(), layout: hex, build: hex, slots: fc.nat() });
  const parsed = (one: Version) => void expect(parseVersion(versionName(one))).toEqual(one);
  fc.assert(fc.property(version, parsed));
});

test.each([
  '',
  'current',
  'g1',
  'g1-0000beef-12345678',
  'g1-0000BEEF-12345678-256',
  ' g1-0000beef-12345678-256',
  'g1-0000beef-12345678-256\n',
])('%j is not the name of a version', (name) => expect(parseVersion(name)).toBeUndefined());

test('the linked version is current, the others are stale', async () => {
  for (const version of [older, newer]) mkdirSync(join(bpffs, versionName(version)));
  symlinkSync(versionName(older), join(bpffs, 'current'));
  expect(await readPins(bpffs)).toEqual({ current: older, stale: [newer] });
});

test('without a link, or with a broken one, all are stale', async () => {
  mkdirSync(join(bpffs, versionName(older)));
  expect(await readPins(bpffs)).toEqual({ stale: [older] });
  symlinkSync(versionName(newer), join(bpffs, 'current'));
  expect(await readPins(bpffs)).toEqual({ stale: [older] });
});

test('nothing is loaded if the directory is missing', async () => {
  expect(await readPins(join(bpffs, 'not', 'there'))).toEqual({ stale: [] });
});

test('names of the loader and the kernel are known', async () => {
  for (const name of ['proof', 'maps.debug', 'progs.debug']) mkdirSync(join(bpffs, name));
  symlinkSync(versionName(newer), join(bpffs, 'next'));
  expect(await readPins(bpffs)).toEqual({ stale: [] });
});

test('any other name is refused, and named', async () => {
  writeFileSync(join(bpffs, 'cilium'), '');
  await expect(readPins(bpffs)).rejects.toThrow(PinsError);
  await expect(readPins(bpffs)).rejects.toThrow(`${bpffs}/cilium belongs to another program`);
});

test('a file in place of the directory is an error', async () => {
  writeFileSync(join(bpffs, 'file'), '');
  await expect(readPins(join(bpffs, 'file'))).rejects.toThrow('ENOTDIR');
});

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { madeByRoot } from './cgroup-owner.ts';

let mount: string;

beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'vigia-owner-'));
  await mkdir(join(mount, 'a/b/c'), { recursive: true, mode: 0o755 });
});
afterEach(() => rm(mount, { recursive: true }));

test('what only its owner may write in was made by who owns the hierarchy', () => {
  const isMadeByRoot = madeByRoot(mount);
  for (const path of ['/', '/a', '/a/b/c']) expect(isMadeByRoot(path)).toBe(true);
});

test.each([0o775, 0o757])('below what others may write in nothing is: %o', async (mode) => {
  await chmod(join(mount, 'a/b'), mode);
  const isMadeByRoot = madeByRoot(mount);
  expect(isMadeByRoot('/a')).toBe(true);
  for (const path of ['/a/b', '/a/b/c', '/a/b/gone']) expect(isMadeByRoot(path)).toBe(false);
});

test('what is gone was made by whoever may write above it', async () => {
  const isMadeByRoot = madeByRoot(mount);
  expect(isMadeByRoot('/a/gone/away')).toBe(true);
  await chmod(join(mount, 'a'), 0o777);
  expect(isMadeByRoot('/a/gone/away')).toBe(false);
  expect(madeByRoot('/nowhere/at/all')('/a')).toBe(true);
});

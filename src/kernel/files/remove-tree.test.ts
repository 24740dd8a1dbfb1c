import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync as rename,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigia-tree-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (...names: string[]) => join(root, ...names);

test('a file and an empty directory are removed, and a missing path is no error', async () => {
  await removeTree(at('nothing'));
  writeFileSync(at('file'), '');
  await removeTree(at('file'));
  mkdirSync(at('directory'));
  await removeTree(at('directory'));
  expect(readdirSync(root)).toEqual([]);
});

test('a tree of any shape is removed, and the targets of its links stay', async () => {
  const shape = fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 }));
  await fc.assert(
    fc.asyncProperty(shape, async (paths) => {
      mkdirSync(at('kept'), { recursive: true });
      mkdirSync(at('tree'));
      writeFileSync(at('kept/file'), '');
      for (const [i, names] of paths.entries()) {
        const directory = at('tree', ...names);
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, `file-${i}`), '');
        symlinkSync(at('kept'), join(directory, `link-${i}`));
        symlinkSync('nowhere', join(directory, `broken-${i}`));
      }
      await removeTree(at('tree'));
      expect([existsSync(at('tree')), existsSync(at('kept/file'))]).toEqual([false, true]);
    }),
    { numRuns: 30 },
  );
});

test('a link is removed, not its target', async () => {
  mkdirSync(at('kept'));
  symlinkSync(at('kept'), at('link'));
  await removeTree(at('link'));
  expect(readdirSync(root)).toEqual(['kept']);
});

test('a tree with paths longer than the limit is removed', async () => {
  mkdirSync(at('tree'));
  // Builds the tree from the bottom, so that no path is too long.
  for (let depth = 0; depth < 1500; depth++) {
    mkdirSync(at('next'));
    if (depth > 0) rename(at('tree/in'), at('next/in'));
    rename(at('next'), at('tree/in'));
  }
  await removeTree(at('tree'));
  expect(readdirSync(root)).toEqual([]);
});

test('a path that cannot be removed is an error', async () => {
  await expect(removeTree('/proc/self/status')).rejects.toThrow(/EPERM|EACCES/);
});

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walkCgroups } from './cgroup-tree.ts';

let mount: string;

beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'vigia-tree-'));
});
afterEach(() => rm(mount, { recursive: true }));

test('each directory is found under its inode number, with its path from the mount', async () => {
  await mkdir(join(mount, 'system.slice/web.service'), { recursive: true });
  await writeFile(join(mount, 'system.slice/cpu.stat'), '');

  const paths = await walkCgroups({ mount, root: mount });
  expect([...paths.values()].sort()).toEqual(['/', '/system.slice', '/system.slice/web.service']);
  const { ino } = await stat(join(mount, 'system.slice/web.service'));
  expect(paths.get(ino)).toBe('/system.slice/web.service');
});

test('below an observed root paths are still from the mount', async () => {
  await mkdir(join(mount, 'a/b/c'), { recursive: true });
  await mkdir(join(mount, 'other'));

  const paths = await walkCgroups({ mount, root: join(mount, 'a/b') });
  expect([...paths.values()]).toEqual(['/a/b', '/a/b/c']);
});

test('names that are not UTF-8 are walked, and shown with replacements', async () => {
  const odd = Buffer.concat([Buffer.from(`${mount}/a`), Buffer.from([0xff, 0x0a])]);
  await mkdir(odd);
  await mkdir(Buffer.concat([odd, Buffer.from('/below')]));

  const paths = await walkCgroups({ mount, root: mount });
  expect([...paths.values()]).toEqual(['/', '/a\uFFFD\n', '/a\uFFFD\n/below']);
});

test('depth and number are bounded', async () => {
  await mkdir(join(mount, 'a/b/c/d'), { recursive: true });
  const tree = { mount, root: mount };

  const shallow = await walkCgroups(tree, undefined, { depth: 2, cgroups: 100 });
  expect([...shallow.values()]).toEqual(['/', '/a']);
  const few = await walkCgroups(tree, undefined, { depth: 64, cgroups: 3 });
  expect([...few.values()]).toEqual(['/', '/a', '/a/b']);
});

test('directories that vanish during the walk are left out', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, i) => mkdir(join(mount, `c${i}`))));
  const gone = Promise.all(
    Array.from({ length: 200 }, (_, i) => rm(join(mount, `c${i}`), { recursive: true })),
  );
  const paths = await walkCgroups({ mount, root: mount });
  await gone;
  expect([...paths.values()][0]).toBe('/');
});

test('a root that is not there is an error', async () => {
  await expect(walkCgroups({ mount, root: join(mount, 'none') })).rejects.toThrow('ENOENT');
});

test('an aborted walk stops', async () => {
  await expect(walkCgroups({ mount, root: mount }, AbortSignal.abort())).rejects.toThrow('abort');
});

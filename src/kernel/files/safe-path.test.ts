import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PathError, type PathUse, partsOf, requireSafePath } from './safe-path.ts';

const USE: PathUse = { remedy: 'choose another' };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigia-path-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function make(name: string, mode: number): string {
  mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, name), mode);
  return join(root, name);
}

const refusalOf = (path: string, use = USE) =>
  requireSafePath(path, use).then(
    () => undefined,
    (error: PathError) => error.trouble.replaceAll(root, ''),
  );

test('the parts of a path are its parents and itself', () => {
  expect(partsOf('/run//vigia/bpf/')).toEqual(['/', '/run', '/run/vigia', '/run/vigia/bpf']);
  expect(partsOf('/')).toEqual(['/']);
});

test('a path in own directories is safe, whether or not it exists', async () => {
  make('a/b', 0o755);
  for (const path of ['a/b', 'a/b/c', 'a/b/c/d', 'x/y'])
    expect([path, await refusalOf(join(root, path))]).toEqual([path, undefined]);
});

test('a path through a link is refused, with its target', async () => {
  make('target/in', 0o755);
  symlinkSync('target', join(root, 'link'));
  symlinkSync('\x1b[31mnowhere', join(root, 'broken'));
  const message = `/link is a symbolic link of user ${process.geteuid?.()} to target`;
  expect(await refusalOf(join(root, 'link'))).toContain(message);
  expect(await refusalOf(join(root, 'link/in/more'))).toContain(message);
  expect(await refusalOf(join(root, 'broken'))).toContain('to \\x1b[31mnowhere, and');
  const error = await requireSafePath(join(root, 'link/in'), USE).catch((caught) => caught);
  expect(error).toBeInstanceOf(PathError);
  expect(error.message).toContain(`; remove it, use ${root}/target/in if you mean its target, or `);
});

test.each([0o777, 0o775, 0o757, 0o770])(
  'a path below a directory of mode %o is refused',
  async (mode) => {
    make('open/in', 0o755);
    make('open', mode);
    const message = `other users can write to /open (mode ${mode.toString(8)}), and could redirect`;
    for (const path of ['open', 'open/in', 'open/none'])
      expect(await refusalOf(join(root, path))).toContain(message);
  },
);

test('in a directory like /tmp, own parts are safe, and missing ones are refused', async () => {
  make('shared/in', 0o755);
  make('shared', 0o1777);
  expect(await refusalOf(join(root, 'shared/in/more'))).toBeUndefined();
  for (const path of ['shared', 'shared/none', 'shared/none/more'])
    expect(await refusalOf(join(root, path))).toContain(
      'other users can write to /shared (mode 1777)',
    );
  const isAllowed = { ...USE, mayBeginIn: async () => true };
  expect(await refusalOf(join(root, 'shared/none'), isAllowed)).toBeUndefined();
  expect(await refusalOf(join(root, 'shared'), isAllowed)).toContain('other users can write');
  expect(
    await refusalOf(join(root, 'shared'), { ...USE, mayBeShared: async () => true }),
  ).toBeUndefined();
});

test('a path through a file is refused', async () => {
  writeFileSync(join(root, 'file'), '');
  expect(await refusalOf(join(root, 'file/in'))).toBe('/file/in: /file is not a directory');
});

import { describe, expect, test } from 'vitest';
import { CgroupPaths, type KernelPath } from './cgroup-paths.ts';

class Sources {
  kernel: Readonly<Record<number, string>> = {};
  tree: Readonly<Record<number, string>> = {};
  walkFailure: Error | undefined;
  readonly queried: string[] = [];
  readonly errors: unknown[] = [];
  readonly paths = new CgroupPaths({
    kernelPaths: async () => {
      this.queried.push('kernel');
      return Object.entries(this.kernel).map(([id, path]) => kernelPath(Number(id), path));
    },
    walk: async () => {
      this.queried.push('walk');
      if (this.walkFailure) throw this.walkFailure;
      return new Map(Object.entries(this.tree).map(([id, path]) => [Number(id), path]));
    },
    onWalkError: (error) => this.errors.push(error),
  });

  /** Which sources one tick asks. */
  async tick(...cgroupIds: number[]): Promise<string> {
    this.queried.length = 0;
    await this.paths.resolve(cgroupIds);
    return this.queried.join(' ');
  }
}

function kernelPath(cgroupId: number, path: string): KernelPath {
  const bytes = Buffer.from(path);
  // As in the row: a fixed size, the rest whatever it was.
  return { cgroupId, pathBytes: bytes.length, path: Buffer.concat([bytes, Buffer.from('\0xx')]) };
}

describe('a path is sought', () => {
  test("in the kernel's table first, and no further when it is there", async () => {
    const sources = new Sources();
    sources.kernel = { 5: '/a/b' };
    expect(await sources.tick(5)).toBe('kernel');
    const pathOf = await sources.paths.resolve([5]);
    expect(pathOf(5)).toBe('/a/b');
  });

  test('in the tree when the kernel was not asked to tell it', async () => {
    const sources = new Sources();
    sources.kernel = { 5: '' };
    sources.tree = { 5: '/old' };
    expect(await sources.tick(5)).toBe('kernel walk');
    expect((await sources.paths.resolve([5]))(5)).toBe('/old');
  });

  test('only when there is one that is not known', async () => {
    const sources = new Sources();
    sources.kernel = { 5: '/a' };
    await sources.tick(5);
    expect(await sources.tick(5)).toBe('');
    expect(await sources.tick()).toBe('');
    expect(await sources.tick(0)).toBe('');
  });

  test('in the last walk before anything is asked', async () => {
    const sources = new Sources();
    sources.tree = { 5: '/old', 6: '/older' };
    await sources.tick(5);
    expect(await sources.tick(5, 6)).toBe('');
    expect((await sources.paths.resolve([6]))(6)).toBe('/older');
  });

  test('ever more rarely where nobody knows it', async () => {
    const sources = new Sources();
    const ticks: number[] = [];
    for (let tick = 1; tick <= 40; tick++) if ((await sources.tick(9)) !== '') ticks.push(tick);
    expect(ticks).toEqual([1, 3, 7, 15, 31]);
  });

  test('at once for a newcomer, whoever else is missing', async () => {
    const sources = new Sources();
    await sources.tick(9);
    sources.kernel = { 5: '/a', 9: '/late' };
    expect(await sources.tick(9, 5)).toBe('kernel');
    expect((await sources.paths.resolve([9]))(9)).toBe('/late');
  });
});

test('what no row names any more is forgotten', async () => {
  const sources = new Sources();
  sources.kernel = { 5: '/a' };
  await sources.tick(5);
  await sources.tick();
  expect(await sources.tick(5)).toBe('kernel');
});

test('bytes that are not UTF-8 are replaced', async () => {
  const paths = new CgroupPaths({
    kernelPaths: async () => [{ cgroupId: 5, pathBytes: 3, path: Uint8Array.of(0x2f, 0xff, 0x61) }],
    walk: async () => new Map(),
  });
  expect((await paths.resolve([5]))(5)).toBe('/\uFFFDa');
});

test('a walk that fails is told, and leaves the rest to be found', async () => {
  const sources = new Sources();
  sources.walkFailure = new Error('no such mount');
  sources.kernel = { 5: '/a' };
  const pathOf = await sources.paths.resolve([5, 6]);
  expect(pathOf(5)).toBe('/a');
  expect(pathOf(6)).toBeUndefined();
  expect(sources.errors).toEqual([sources.walkFailure]);
});

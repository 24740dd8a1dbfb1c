import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LockError, lockDirectory, ownName } from './lock.ts';

const OPTIONS = { refusal: 'another test has it', remedy: 'wait' };

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'vigia-lock-'));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

/** A process that holds the lock until it is killed. */
async function startHolder(): Promise<ChildProcess> {
  const module = JSON.stringify(new URL('./lock.ts', import.meta.url).href);
  const script = `
    const { lockDirectory, ownName } = await import(${module});
    await lockDirectory(${JSON.stringify(path)}, { refusal: '', remedy: '', name: ownName('n1') });
    console.log('held');
    setInterval(() => {}, 1e6);`;
  const args = ['--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a lock is exclusive, also within a process, and can be taken again after disposal', async () => {
  {
    await using _ = await lockDirectory(path, OPTIONS);
    await expect(lockDirectory(path, OPTIONS)).rejects.toThrow(LockError);
  }
  await using _ = await lockDirectory(path, OPTIONS);
});

test('the error names the holder, whose lock ends when it is killed', async () => {
  const holder = await startHolder();
  const message = `another test has it: process ${holder.pid} on ${hostname()} (node n1), since 20`;
  await expect(lockDirectory(path, OPTIONS)).rejects.toThrow(message);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(readdirSync(path)).toEqual(['holder']);
  {
    await using _ = await lockDirectory(path, { ...OPTIONS, name: ownName() });
    expect(readlinkSync(join(path, 'holder'))).toContain(
      `process ${process.pid} on ${hostname()},`,
    );
  }
  expect(readdirSync(path)).toEqual([]);
});

test('a name from another user is escaped and truncated', async () => {
  await using _ = await lockDirectory(path, OPTIONS);
  symlinkSync(`\x1b[2J${'x'.repeat(1000)}`, join(path, 'holder'));
  const error = await lockDirectory(path, OPTIONS).catch((caught: Error) => caught);
  expect(`${error}`).toMatch(/has it: \\x1b\[2Jx{200,}…; wait$/);
});

test('a child of the holder does not inherit it', async () => {
  const lock = await lockDirectory(path, OPTIONS);
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  await lock[Symbol.asyncDispose]();
  await using _ = await lockDirectory(path, OPTIONS);
  child.kill();
});

test('a lock detects that its directory was replaced, and leaves the new one unchanged', async () => {
  const lock = await lockDirectory(path, { ...OPTIONS, name: 'first' });
  expect(lock.isInPlace()).toBe(true);
  rmSync(path, { recursive: true });
  expect(lock.isInPlace()).toBeUndefined();
  mkdirSync(path);
  expect(lock.isInPlace()).toBe(false);
  await using _ = await lockDirectory(path, { ...OPTIONS, name: 'second' });
  await lock[Symbol.asyncDispose]();
  expect(readlinkSync(join(path, 'holder'))).toBe('second');
});

test('a link and a missing directory are errors', async () => {
  symlinkSync(path, `${path}-link`);
  await expect(lockDirectory(`${path}-link`, OPTIONS)).rejects.toThrow('ENOTDIR');
  rmSync(`${path}-link`);
  rmdirSync(path);
  await expect(lockDirectory(path, OPTIONS)).rejects.toThrow('ENOENT');
});

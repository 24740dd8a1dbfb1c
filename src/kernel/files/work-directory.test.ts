import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openWorkDirectory } from './work-directory.ts';

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'vigia-tmp-'));
  vi.stubEnv('TMPDIR', temporary);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

/** The id of a process that has ended. */
function endedPid(): number {
  return Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

/** The number of the pid namespace of the tests. */
const NAMESPACE = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');

function leave(name: string): string {
  const path = join(temporary, name);
  mkdirSync(path);
  return path;
}

test('a work directory is removed at disposal', async () => {
  let path: string;
  {
    await using work = await openWorkDirectory();
    path = work.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

test('the work directory of a killed process is removed, with its contents', async () => {
  const left = leave(`vigia-work-${NAMESPACE}-${endedPid()}-abcdef`);
  mkdirSync(join(left, 'inside'));
  await using _ = await openWorkDirectory();
  expect(existsSync(left)).toBe(false);
});

test('the work directory of a running process, and other directories, stay', async () => {
  const used = leave(`vigia-work-${NAMESPACE}-${process.ppid}-abcdef`);
  const other = leave(`vigia-worker-${NAMESPACE}-${endedPid()}-abcdef`);
  const target = leave('target');
  symlinkSync(target, join(temporary, `vigia-work-${NAMESPACE}-${endedPid()}-linked`));
  await using _ = await openWorkDirectory();
  const elsewhere = leave(`vigia-work-1-${endedPid()}-abcdef`); // of another pid namespace
  await using __ = await openWorkDirectory();
  for (const path of [used, other, target, elsewhere]) expect(existsSync(path)).toBe(true);
});

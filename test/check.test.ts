import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('format, lint and types are clean, and the generated files current: make check', async () => {
  const { MAKEFLAGS: _, MAKELEVEL: __, ...env } = process.env; // of the make that runs the tests
  const check = promisify(execFile)('make', ['check'], {
    cwd: join(import.meta.dirname, '..'),
    env,
  });
  const complaints = await check.then(
    () => '',
    (err: { stdout: string; stderr: string }) => err.stdout + err.stderr,
  );
  expect(complaints).toBe('');
}, 120_000);

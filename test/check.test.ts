import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { outsideMake, ROOT } from '../lab/process/checkout.ts';

test('format, lint, types and generated files are clean: make check', async () => {
  const check = promisify(execFile)('make', ['check'], {
    cwd: ROOT,
    env: outsideMake(),
  });
  const complaints = await check.then(
    () => '',
    (err: { stdout: string; stderr: string }) => err.stdout + err.stderr,
  );
  expect(complaints).toBe('');
}, 120_000);

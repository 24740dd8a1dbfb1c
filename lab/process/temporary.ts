import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary directory for one test, so that leftover files can be detected. */
export function ownTemporaryDirectory(): Disposable & { readonly path: string } {
  const before = process.env['TMPDIR'];
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'vigia-tmp-'));
  process.env['TMPDIR'] = path;
  return {
    path,
    [Symbol.dispose]: () => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(path, { recursive: true });
    },
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

/** Set by the bundler for builds that leave their checkout; absent otherwise. */
declare const VIGIA_COMMIT: string | undefined;

export const version: string = manifest.version;

/** Commit of the source; undefined if neither the bundle nor a checkout has it. */
export function sourceCommit(): string | undefined {
  if (typeof VIGIA_COMMIT === 'string') return VIGIA_COMMIT;
  const home = homeOf(import.meta.dirname);
  const head = read(join(home, '.git/HEAD'));
  const branch = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  const commit = branch === undefined ? head : read(join(home, '.git', branch));
  return /^[\da-f]{40,64}$/.test(commit) ? commit : undefined;
}

/** The checkout's directory: the nearest parent with a package.json. */
function homeOf(directory: string): string {
  const parent = dirname(directory);
  const isHome = existsSync(join(directory, 'package.json'));
  return isHome || parent === directory ? directory : homeOf(parent);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

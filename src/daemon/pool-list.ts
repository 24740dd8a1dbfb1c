import { readFile, stat } from 'node:fs/promises';
import { knownPools, type PoolOf, parsePoolNames } from '../core/mining/detectors/known-pools.ts';
import type { Log } from '../log.ts';

/** A list of 2,000 domains has 64 KiB. */
const MAX_BYTES = 1024 ** 2;

/**
 * The known pool domains: built-in ones, and those of a file that is re-read when it changes. If the
 * file is unreadable or has errors, the previous list is kept.
 */
export class PoolList {
  readonly #path: string | undefined;
  readonly #log: Log;
  #version = '';
  #poolOf = knownPools();

  constructor(path: string | undefined, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  readonly poolOf: PoolOf = (name) => this.#poolOf(name);

  async refresh(): Promise<void> {
    const path = this.#path;
    if (path === undefined) return;
    const version = await versionOf(path);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#apply(path, await readList(path));
    } catch (err) {
      this.#log.warn({ err }, `cannot read ${path}; keeping the previous list of mining pools`);
    }
  }

  #apply(path: string, text: string): void {
    const { domains, errors } = parsePoolNames(text);
    if (errors.length > 0) {
      const [first = ''] = errors;
      const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
      this.#log.warn(`${path}: ${first}${others}; keeping the previous list of mining pools`);
      return;
    }
    this.#poolOf = knownPools(domains);
    this.#log.info({ domains: domains.length }, `read the list of mining pools in ${path}`);
  }
}

/** Changes when the file changes, appears or disappears. A mounted ConfigMap is a symbolic link. */
async function versionOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

async function readList(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw new Error(`the file has ${size} bytes; the limit is ${MAX_BYTES}`);
  return readFile(path, 'utf8');
}

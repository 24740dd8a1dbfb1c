import { readFile, stat } from 'node:fs/promises';
import { type PoolOf, parsePoolList, poolsUnder } from '../core/mining/detectors/pool-domains.ts';
import type { Log } from '../log.ts';

/** More is no list of names: 64 KiB hold two thousand. */
const MAX_BYTES = 1024 ** 2;

/**
 * The pools that are known by name: those of ours, and those of a file, which is read again when it
 * changes. A file that cannot be read, or has errors, changes nothing: what was known stays.
 */
export class PoolList {
  readonly #path: string | undefined;
  readonly #log: Log;
  #version = '';
  #poolOf = poolsUnder();

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
      this.#take(path, await readList(path));
    } catch (err) {
      this.#log.warn({ err }, `${path}: cannot be read; the names of pools stay as they were`);
    }
  }

  #take(path: string, text: string): void {
    const { domains, errors } = parsePoolList(text);
    if (errors.length > 0) {
      const [first = ''] = errors;
      const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
      this.#log.warn(`${path}: ${first}${others}; the names of pools stay as they were`);
      return;
    }
    this.#poolOf = poolsUnder(domains);
    this.#log.info({ domains: domains.length }, `${path}: read the names of pools`);
  }
}

/** Changes whenever a file does, comes or goes. A ConfigMap is a link that is turned. */
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
  if (size > MAX_BYTES) throw new Error(`has ${size} bytes: more than ${MAX_BYTES}`);
  return readFile(path, 'utf8');
}

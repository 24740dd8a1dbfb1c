import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Reads the files that a configuration refers to, and remembers their paths. */
export class FileReader {
  readonly #directory: string;
  readonly #paths = new Set<string>();

  /** Relative paths are relative to the directory of this file. */
  constructor(configPath: string) {
    this.#directory = dirname(configPath);
  }

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  read(path: string): { readonly text: string } | { readonly problem: string } {
    const from = resolve(this.#directory, path);
    this.#paths.add(from);
    try {
      return { text: readFileSync(from, 'utf8') };
    } catch (err) {
      return { problem: `cannot read ${from}: ${reasonOf(err)}` };
    }
  }
}

/** The reason of a failed read, with a remedy. */
export function reasonOf(err: unknown): string {
  const { code, message } = err as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code !== 'EACCES') return message;
  return `permission denied; the daemon runs as user ${process.geteuid?.()}, who must be able to read it`;
}

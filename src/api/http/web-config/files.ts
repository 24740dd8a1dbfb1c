import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Reads files that a configuration names, and remembers which. */
export class FileReader {
  readonly #directory: string;
  readonly #paths = new Set<string>();

  /** Relative paths are relative to this file. */
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

/** What went wrong, and who has to be able to read. */
export function reasonOf(err: unknown): string {
  const { code, message } = err as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code !== 'EACCES') return message;
  return `permission denied; user ${process.geteuid?.()}, as whom the daemon runs, must read it`;
}

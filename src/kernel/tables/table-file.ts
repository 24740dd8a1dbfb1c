import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isUnmounted } from '../bpffs.ts';

/** A table that cannot be read. The message has its path and a remedy. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** More than the maximum of one read() of an iterator, 32,736 bytes. */
const FIRST_BYTES = 64 * 1024;
/** More than any table can have: a million rows of the widest one. */
const MAX_BYTES = 512 * 1024 ** 2;

/**
 * A pinned iterator as a file: each opening walks the map again. All reads share one buffer, so the
 * result of {@link read} is valid until the next read.
 */
export class TableFile {
  readonly path: string;
  #buffer = new Uint8Array(FIRST_BYTES);

  constructor(path: string) {
    this.path = path;
  }

  async read(signal?: AbortSignal): Promise<Uint8Array> {
    try {
      await using file = await open(this.path, 'r');
      return this.#readAll(file.fd, signal);
    } catch (cause) {
      if (cause instanceof TableError || signal?.aborted) throw cause;
      throw new TableError(explainTableError(this.path, cause), { cause });
    }
  }

  /** NOTE: synchronous, because the kernel computes the rows faster than an asynchronous read. */
  #readAll(fd: number, signal?: AbortSignal): Uint8Array {
    for (let filled = 0; ; ) {
      signal?.throwIfAborted();
      if (filled === this.#buffer.length) this.#grow();
      const bytesRead = readSync(fd, this.#buffer, filled, this.#buffer.length - filled, null);
      if (bytesRead === 0) return this.#buffer.subarray(0, filled);
      filled += bytesRead;
    }
  }

  #grow(): void {
    if (this.#buffer.length >= MAX_BYTES) {
      throw new TableError(`${this.path}: more than ${MAX_BYTES} bytes`);
    }
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** The reason why a pinned file cannot be read, and the command that helps. */
export function explainTableError(
  path: string,
  cause: unknown,
  directory: string = dirname(path),
): string {
  const code = (cause as NodeJS.ErrnoException).code;
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  if (isMissing && basename(directory) === 'tables')
    return `${path} is missing; run as root: vigia load, which repairs it`;
  if (isMissing || (code === 'EACCES' && isUnmounted(directory))) {
    return `${path} is missing, so nothing is loaded; run as root: vigia load (or: sudo make run)`;
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const uid = process.getuid?.() ?? 'this';
    return (
      `${path}: user ${uid} has no permission to read it; run as the user of the load (VIGIA_UID), ` +
      `or run as root: vigia load --uid=${uid}`
    );
  }
  return `${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
}

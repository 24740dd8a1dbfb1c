import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isUnmounted } from '../bpffs.ts';

/** A table that could not be read, by the name of its file, and what to do about it. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** Above the 32,736 bytes that one read() of an iterator returns at most. */
const FIRST_BYTES = 64 * 1024;
/** A million rows of the widest table: what the kernel side can never hold. */
const MOST_BYTES = 512 * 1024 ** 2;

/**
 * A pinned iterator as a file: each opening walks the map afresh. One buffer serves every tick, so
 * what {@link read} returns holds until the next one.
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

  /** NOTE: not asynchronous: it is computed at once, and waiting for it takes longer than that. */
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
    if (this.#buffer.length >= MOST_BYTES) {
      throw new TableError(`${this.path}: does not end within ${MOST_BYTES} bytes`);
    }
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** What went wrong with a file of the pins, and the command that helps. */
export function explainTableError(
  path: string,
  cause: unknown,
  directory: string = dirname(path),
): string {
  const code = (cause as NodeJS.ErrnoException).code;
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  if (isMissing && basename(directory) === 'tables')
    return `${path}: not there, so a table is missing; as root run: vigia load, which mends it`;
  if (isMissing || (code === 'EACCES' && isUnmounted(directory))) {
    return `${path}: not there, so nothing is loaded; as root run: vigia load (or: sudo make run)`;
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const uid = process.getuid?.() ?? 'this';
    return (
      `${path}: user ${uid} may not read it; run as the user it was loaded for (VIGIA_UID), ` +
      `or as root run: vigia load --uid=${uid}`
    );
  }
  return `${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
}

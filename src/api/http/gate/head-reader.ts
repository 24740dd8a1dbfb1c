import { canBeginHttp, endOfHead, startOfHead } from './request-head.ts';

/** Why the bytes are not the start of a request. */
export type Malformed = 'not http' | 'too large';

const NOTHING = Buffer.alloc(0);
/** About 800 requests of a flooding client. Other clients send one at a time. */
const MOST_AHEAD = 32 * 1024;

/**
 * Splits the data of a client into request heads. Data after a head is kept until it is requested, up to a
 * limit: otherwise each connection could use 64 KiB of memory.
 */
export class HeadReader {
  readonly #mostBytes: number;
  #held: Buffer = NOTHING;
  #isCut = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Whether data was dropped because of the limit. The start of the next request is then unknown. */
  get isCut(): boolean {
    return this.#isCut;
  }

  add(bytes: Buffer): void {
    if (this.#isCut) return;
    this.#isCut = this.#held.length + bytes.length > MOST_AHEAD;
    const more = this.#isCut ? bytes.subarray(0, MOST_AHEAD - this.#held.length) : bytes;
    // A slice would keep the whole buffer in memory.
    const isWhole = this.isEmpty && !this.#isCut;
    this.#held = isWhole ? more : Buffer.concat([this.#held, more]);
  }

  clear(): void {
    this.#held = NOTHING;
  }

  /** The next head, including its empty line. Undefined while it is incomplete. */
  next(): Buffer | Malformed | undefined {
    const begin = startOfHead(this.#held);
    if (begin > this.#mostBytes) return 'too large';
    if (!canBeginHttp(this.#held, begin)) return 'not http';
    const end = endOfHead(this.#held, begin);
    const bytes = (end === -1 ? this.#held.length : end) - begin;
    if (bytes > this.#mostBytes) return 'too large';
    if (end === -1) return undefined;
    const head = this.#held.subarray(begin, end);
    this.#held = end === this.#held.length ? NOTHING : this.#held.subarray(end);
    return head;
  }
}

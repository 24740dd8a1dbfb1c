import { canBeginHttp, endOfHead, startOfHead } from './request-head.ts';

/** Why bytes are not the begin of a request. */
export type Malformed = 'not http' | 'too large';

const NOTHING = Buffer.alloc(0);
/** Some 800 requests of a program that floods; any other sends one. */
const MOST_AHEAD = 32 * 1024;

/**
 * Cuts what a client sends into request heads. Holds what follows a head until it is asked for it, but
 * not all that a client sends ahead: that would be 64 KiB of memory for each connection.
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

  /** Whether more was sent ahead than is held: there is no telling where the next request begins. */
  get isCut(): boolean {
    return this.#isCut;
  }

  add(bytes: Buffer): void {
    if (this.#isCut) return;
    this.#isCut = this.#held.length + bytes.length > MOST_AHEAD;
    const more = this.#isCut ? bytes.subarray(0, MOST_AHEAD - this.#held.length) : bytes;
    // A part of a buffer keeps all of it.
    const isWhole = this.isEmpty && !this.#isCut;
    this.#held = isWhole ? more : Buffer.concat([this.#held, more]);
  }

  clear(): void {
    this.#held = NOTHING;
  }

  /** The next head with its empty line; undefined while it is incomplete. */
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

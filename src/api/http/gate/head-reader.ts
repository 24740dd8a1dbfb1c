import { canBeginHttp, endOfHead, startOfHead } from './request-head.ts';

/** Why bytes are not the begin of a request. */
export type Malformed = 'not http' | 'too large';

const NOTHING = Buffer.alloc(0);

/** Cuts what a client sends into request heads. Holds what follows a head until it is asked for it. */
export class HeadReader {
  readonly #mostBytes: number;
  #held: Buffer = NOTHING;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  add(bytes: Buffer): void {
    this.#held = this.isEmpty ? bytes : Buffer.concat([this.#held, bytes]);
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

interface Held<Entry> {
  readonly holder: string;
  readonly entry: Entry;
}

/**
 * A bounded map that many fill: where it is full, whoever holds most of it gives way. So one who
 * fills it takes nothing from others who hold less, and may have all of it while they are none.
 */
export class SharedMap<Key, Entry> {
  readonly #max: number;
  readonly #entries = new Map<Key, Held<Entry>>();
  /** From the least to the most recently set. */
  readonly #keysOf = new Map<string, Set<Key>>();
  /** Held most when it was looked for last. */
  #most = '';

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Entry | undefined {
    return this.#entries.get(key)?.entry;
  }

  /** Sets an entry as the latest of its holder, and forgets the oldest of whoever holds too many. */
  set(holder: string, key: Key, entry: Entry): void {
    this.delete(key);
    this.#entries.set(key, { holder, entry });
    const keys = this.#keysOf.get(holder) ?? new Set();
    this.#keysOf.set(holder, keys.add(key));
    if (this.#entries.size > this.#max) this.#forgetOldestOf(this.#largest(holder, keys.size));
  }

  /** Whether a further entry of a holder takes none of its own. */
  hasRoom(holder: string): boolean {
    const own = this.#keysOf.get(holder)?.size ?? 0;
    return this.#entries.size < this.#max || this.#largest(holder, own + 1) !== holder;
  }

  delete(key: Key): void {
    const held = this.#entries.get(key);
    if (!held) return;
    this.#entries.delete(key);
    const keys = this.#keysOf.get(held.holder);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(held.holder);
  }

  *[Symbol.iterator](): Generator<[Key, Entry]> {
    for (const [key, { entry }] of this.#entries) yield [key, entry];
  }

  /** Who holds most; the one who asks, if nobody holds more than so many. */
  #largest(holder: string, own: number): string {
    // Who floods finds itself without a walk.
    if (holder === this.#most && own > this.#max / 2) return holder;
    this.#most = holder;
    let most = own;
    for (const [each, { size }] of this.#keysOf) {
      if (size <= most) continue;
      most = size;
      this.#most = each;
    }
    return this.#most;
  }

  #forgetOldestOf(holder: string): void {
    for (const key of this.#keysOf.get(holder) ?? []) {
      this.delete(key);
      return;
    }
  }
}

interface Held<Entry> {
  readonly holder: string;
  readonly entry: Entry;
}

/**
 * A limited map with many holders. When it is full, the largest holder gives way. A holder that
 * floods takes nothing from smaller ones, and may have everything while it is alone.
 */
export class SharedMap<Key, Entry> {
  readonly #max: number;
  readonly #entries = new Map<Key, Held<Entry>>();
  /** From the least to the most recently set. */
  readonly #keysOf = new Map<string, Set<Key>>();
  /** The largest holder at the last search. */
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

  /**
   * Sets an entry as the newest of its holder, and drops the oldest of the largest holder at the
   * limit.
   */
  set(holder: string, key: Key, entry: Entry): void {
    this.delete(key);
    this.#entries.set(key, { holder, entry });
    const keys = this.#keysOf.get(holder) ?? new Set();
    this.#keysOf.set(holder, keys.add(key));
    if (this.#entries.size > this.#max) this.#forgetOldestOf(this.#largest(holder, keys.size));
  }

  /** Whether another entry of a holder displaces none of its own. */
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

  /** The largest holder; or the given one, if none is larger. */
  #largest(holder: string, own: number): string {
    // A flooding holder is found without a search.
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

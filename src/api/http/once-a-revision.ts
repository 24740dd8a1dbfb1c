/** Caches one value per key and revision. Concurrent calls share the same value. */
export class OnceARevision<T> {
  readonly #revisionOf: () => number;
  readonly #made = new Map<string, Promise<T>>();
  #revision = Number.NaN;

  constructor(revisionOf: () => number) {
    this.#revisionOf = revisionOf;
  }

  /** The result of `make` for this key in this revision. A failure is not cached. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const revision = this.#revisionOf();
    if (revision !== this.#revision) this.#made.clear();
    this.#revision = revision;
    const known = this.#made.get(key);
    if (known) return known;
    const made = make();
    this.#made.set(key, made);
    made.catch(() => {
      if (this.#made.get(key) === made) this.#made.delete(key);
    });
    return made;
  }
}

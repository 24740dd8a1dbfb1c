/** Makes each thing once a revision, however many ask at a time. */
export class OnceARevision<T> {
  readonly #revisionOf: () => number;
  readonly #made = new Map<string, Promise<T>>();
  #revision = Number.NaN;

  constructor(revisionOf: () => number) {
    this.#revisionOf = revisionOf;
  }

  /** What `make` made for this key in this revision. A failure is not kept: the next call tries again. */
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

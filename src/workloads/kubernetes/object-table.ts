/** Who is told what the API has. */
export interface ObjectSink<T> {
  /** `before` is what it was until now; undefined for what is new. */
  readonly put: (object: T, before: T | undefined) => void;
  readonly remove: (object: T) => void;
}

interface Entry<T> {
  object: T;
  round: number;
}

/** What the API has of one resource, by uid. */
export class ObjectTable<T extends { readonly uid: string }> {
  readonly #sink: ObjectSink<T>;
  readonly #entries = new Map<string, Entry<T>>();
  #round = 0;

  constructor(sink: ObjectSink<T>) {
    this.#sink = sink;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A list begins: until it is complete, what is known stays. */
  beginList(): void {
    this.#round += 1;
  }

  /** The list is complete: what it did not have is gone. */
  endList(): void {
    for (const { object, round } of this.#entries.values())
      if (round !== this.#round) this.remove(object.uid);
  }

  put(object: T): void {
    const known = this.#entries.get(object.uid);
    this.#entries.set(object.uid, { object, round: this.#round });
    this.#sink.put(object, known?.object);
  }

  remove(uid: string): void {
    const known = this.#entries.get(uid);
    if (!known) return;
    this.#entries.delete(uid);
    this.#sink.remove(known.object);
  }
}

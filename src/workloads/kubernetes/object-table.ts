import type { FairShare, Share } from '../../core/fair-share.ts';

/** Who is told what the API has. */
export interface ObjectSink<T> {
  /** `before` is what it was until now; undefined for what is new. */
  readonly put: (object: T, before: T | undefined) => void;
  readonly remove: (object: T) => void;
}

/** Which objects are kept, and how many. */
export interface Bound<T> {
  readonly places: FairShare;
  /** Whose places an object takes; undefined for one that is kept in any case. */
  readonly sharesOf: (object: T) => readonly Share[] | undefined;
  /** Whether anybody asks for it. */
  readonly isWanted: (object: T) => boolean;
}

interface Entry<T> {
  object: T;
  /** Of the place that it takes. */
  shares: readonly Share[] | undefined;
  round: number;
}

/** What the API has of one resource, by uid. */
export class ObjectTable<T extends { readonly uid: string }> {
  readonly #sink: ObjectSink<T>;
  readonly #bound: Bound<T> | undefined;
  readonly #entries = new Map<string, Entry<T>>();
  #round = 0;
  #leftOut = 0;

  constructor(sink: ObjectSink<T>, bound?: Bound<T>) {
    this.#sink = sink;
    this.#bound = bound;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Objects that found no place: of the last list, and since, as far as can be told without them. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A list begins: until it is complete, what is known stays. */
  beginList(): void {
    this.#round += 1;
    this.#leftOut = 0;
  }

  /** The list is complete: what it did not have is gone. Returns how many. */
  endList(): number {
    let gone = 0;
    for (const { object, round } of this.#entries.values()) {
      if (round === this.#round) continue;
      this.remove(object.uid);
      gone += 1;
    }
    return gone;
  }

  /** @param isNews false for an object that the API has had before */
  put(object: T, isNews: boolean = true): void {
    const known = this.#entries.get(object.uid);
    if (this.#bound && !this.#bound.isWanted(object)) {
      if (known) this.remove(object.uid);
      return;
    }
    const shares = this.#bound?.sharesOf(object);
    if (!known && !this.#hasRoom(shares)) {
      if (isNews) this.#leftOut += 1;
      return;
    }
    if (known) this.#give(known.shares);
    this.#take(shares);
    if (!known && !isNews) this.#find();
    this.#entries.set(object.uid, { object, shares, round: this.#round });
    this.#sink.put(object, known?.object);
  }

  remove(uid: string): void {
    const known = this.#entries.get(uid);
    if (!known) {
      this.#find();
      return;
    }
    this.#entries.delete(uid);
    this.#give(known.shares);
    this.#sink.remove(known.object);
  }

  /** What was left out is so no more. */
  #find(): void {
    this.#leftOut = Math.max(0, this.#leftOut - 1);
  }

  #hasRoom(shares: readonly Share[] | undefined): boolean {
    return !shares || !this.#bound || this.#bound.places.hasRoom(1, shares);
  }

  #take(shares: readonly Share[] | undefined): void {
    if (shares) this.#bound?.places.take(1, shares);
  }

  #give(shares: readonly Share[] | undefined): void {
    if (shares) this.#bound?.places.give(1, shares);
  }
}

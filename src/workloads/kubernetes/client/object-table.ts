import type { FairShare, Share } from '../../../core/sharing/fair-share.ts';

/** Who is told what the API has. */
export interface ObjectSink<T> {
  /** `before` is what it was until now; undefined for what is new. */
  readonly put: (object: T, before: T | undefined) => void;
  readonly remove: (object: T) => void;
}

/** Room that an object takes. */
export interface Room {
  readonly of: FairShare;
  /** By the size of the object. */
  readonly places: number;
  readonly shares: readonly Share[];
}

/** What room an object takes; undefined for one that nobody asks for. */
export type RoomOf<T> = (object: T) => Room | undefined;

interface Entry<T> {
  readonly object: T;
  readonly room: Room;
  readonly round: number;
}

/** What the API has of one resource, by uid. */
export class ObjectTable<T extends { readonly uid: string }> {
  readonly #sink: ObjectSink<T>;
  readonly #roomOf: RoomOf<T>;
  readonly #entries = new Map<string, Entry<T>>();
  #round = 0;
  #leftOut = 0;

  constructor(sink: ObjectSink<T>, roomOf: RoomOf<T>) {
    this.#sink = sink;
    this.#roomOf = roomOf;
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

  /** What has a place keeps it. @param isNews false for an object that the API has had before */
  put(object: T, isNews: boolean = true): void {
    const known = this.#entries.get(object.uid);
    const room = this.#roomOf(object);
    if (room === undefined || !hasRoom(room, known?.room)) {
      if (known) this.remove(object.uid);
      if (room !== undefined && (known !== undefined || isNews)) this.#leftOut += 1;
      return;
    }
    if (known) give(known.room);
    else if (!isNews) this.#find();
    take(room);
    this.#entries.set(object.uid, { object, room, round: this.#round });
    this.#sink.put(object, known?.object);
  }

  remove(uid: string): void {
    const known = this.#entries.get(uid);
    if (!known) {
      this.#find();
      return;
    }
    this.#entries.delete(uid);
    give(known.room);
    this.#sink.remove(known.object);
  }

  /** What was left out is so no more. */
  #find(): void {
    this.#leftOut = Math.max(0, this.#leftOut - 1);
  }
}

function hasRoom({ of, places, shares }: Room, before: Room | undefined): boolean {
  if (before?.of !== of) return of.hasRoom(places, shares);
  return places <= before.places || of.hasRoom(places - before.places, []);
}

function take({ of, places, shares }: Room): void {
  of.take(places, shares);
}

function give({ of, places, shares }: Room): void {
  of.give(places, shares);
}

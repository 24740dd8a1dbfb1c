import type { FairShare, Share } from '../../../core/sharing/fair-share.ts';

/** Receives the changes of a table. */
export interface ObjectSink<T> {
  /** `before` is the previous version; undefined for a new object. */
  readonly put: (object: T, before: T | undefined) => void;
  readonly remove: (object: T) => void;
}

/** Slots that an object takes. */
export interface Room {
  readonly of: FairShare;
  /** Depends on the size of the object. */
  readonly slots: number;
  readonly shares: readonly Share[];
}

/** The slots of an object; undefined for one that is not needed. */
export type RoomOf<T> = (object: T) => Room | undefined;

interface Entry<T> {
  readonly object: T;
  readonly room: Room;
  readonly round: number;
}

/** The objects of one resource, by uid. */
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

  /** Objects without a slot, since the last list. An estimate, because their uids are not kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Starts a list. Known objects stay until it is complete. */
  beginList(): void {
    this.#round += 1;
    this.#leftOut = 0;
  }

  /** Ends a list. Removes the objects that it did not contain, and returns their number. */
  endList(): number {
    let gone = 0;
    for (const { object, round } of this.#entries.values()) {
      if (round === this.#round) continue;
      this.remove(object.uid);
      gone += 1;
    }
    return gone;
  }

  /** An object with a slot keeps it. @param isNews false for a change of an existing object */
  put(object: T, isNews: boolean = true): void {
    const known = this.#entries.get(object.uid);
    const room = this.#roomOf(object);
    if (room === undefined || !hasRoom(room, known?.room)) {
      if (known) this.remove(object.uid);
      if (room !== undefined && (known !== undefined || isNews)) this.#leftOut += 1;
      return;
    }
    if (known) release(known.room);
    else if (!isNews) this.#find();
    reserve(room);
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
    release(known.room);
    this.#sink.remove(known.object);
  }

  /** An object without a slot got one, or was deleted. */
  #find(): void {
    this.#leftOut = Math.max(0, this.#leftOut - 1);
  }
}

function hasRoom({ of, slots, shares }: Room, before: Room | undefined): boolean {
  if (before?.of !== of) return of.hasRoom(slots, shares);
  return slots <= before.slots || of.hasRoom(slots - before.slots, []);
}

function reserve({ of, slots, shares }: Room): void {
  of.reserve(slots, shares);
}

function release({ of, slots, shares }: Room): void {
  of.release(slots, shares);
}

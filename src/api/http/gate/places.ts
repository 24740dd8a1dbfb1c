import { AddressGroup, type Occupant } from './address-group.ts';

/** How many connections may stay. */
export interface Shares {
  /** Of one address. */
  readonly perAddress: number;
  readonly total: number;
  /** Including those without a place. */
  readonly open: number;
}

/** Whether a connection gets room, and which one has to give it up. */
export interface Admission<T> {
  readonly isAdmitted: boolean;
  readonly instead?: T;
}

const ADMITTED = { isAdmitted: true } as const;
const REFUSED = { isAdmitted: false } as const;

/**
 * Decides which connections stay when there are more than there is room for. A connection has a place
 * from its first request on. The address with the most connections loses the one that has waited for
 * its client for longest. An answer that is read at a good pace is safe, unless an address without a
 * place needs one; an answer that is being made is safe in any case.
 */
export class Places<T extends Occupant> {
  readonly #shares: Shares;
  readonly #open = new AddressGroup<T>();
  readonly #placed = new AddressGroup<T>();

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#open[Symbol.iterator]();
  }

  /** Room for one more open connection. */
  admit(nowMs: number): Admission<T> {
    if (this.#open.size < this.#shares.open) return ADMITTED;
    return insteadOf(this.#open.mostWaiting(nowMs));
  }

  add(occupant: T): void {
    this.#open.add(occupant);
  }

  remove(occupant: T): void {
    this.#open.remove(occupant);
    this.#placed.remove(occupant);
  }

  /** The connection needs its place no more, and is still open. */
  release(occupant: T): void {
    this.#placed.remove(occupant);
  }

  /** A place for an open connection, which it keeps. */
  place(occupant: T, nowMs: number): Admission<T> {
    if (this.#placed.has(occupant)) return ADMITTED;
    const admission = this.#placeFor(occupant, nowMs);
    if (admission.instead) this.#placed.remove(admission.instead);
    if (admission.isAdmitted) this.#placed.add(occupant);
    return admission;
  }

  #placeFor({ address }: T, nowMs: number): Admission<T> {
    const { perAddress, total } = this.#shares;
    const placed = this.#placed;
    const own = placed.countOf(address);
    if (own >= perAddress)
      return insteadOf(placed.longestWaiting(nowMs, (each) => each.address === address));
    if (placed.size < total) return ADMITTED;
    const waiting = placed.longestWaiting(nowMs);
    if (waiting || own > 0) return insteadOf(waiting);
    return insteadOf(placed.longestReading(nowMs));
  }

  /** Connections to close so that each address keeps to its share, and all of them to theirs. */
  surplus(nowMs: number): T[] {
    const { perAddress, total } = this.#shares;
    const counted = this.#counted(nowMs);
    const isBeyond = ({ address }: T) => counted.countOf(address) > perAddress;
    const chosen: T[] = [];
    for (;;) {
      const next = counted.longestWaiting(nowMs, isBeyond) ?? overflow();
      if (next === undefined) return chosen;
      chosen.push(next);
      counted.remove(next);
    }
    function overflow(): T | undefined {
      return counted.size > total ? counted.longestWaiting(nowMs) : undefined;
    }
  }

  /** Without those that have a moment left to send their first request, or to go. */
  #counted(nowMs: number): AddressGroup<T> {
    const counted = new AddressGroup<T>();
    for (const each of this.#open)
      if (each.dueMs <= nowMs || this.#placed.has(each)) counted.add(each);
    return counted;
  }

  /** Whether there are more connections than may stay, of this address or in all. */
  isCrowded(address: string): boolean {
    const { perAddress, total } = this.#shares;
    return this.#open.size > total || this.#open.countOf(address) > perAddress;
  }

  /** Whether any address has more connections than may stay. */
  get isAnyCrowded(): boolean {
    for (const { address } of this.#open) if (this.isCrowded(address)) return true;
    return false;
  }
}

function insteadOf<T>(occupant: T | undefined): Admission<T> {
  return occupant === undefined ? REFUSED : { isAdmitted: true, instead: occupant };
}

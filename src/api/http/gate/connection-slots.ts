import { AddressGroup, type Occupant } from './address-group.ts';

/** Maximum numbers of connections. */
export interface Shares {
  /** Per address. */
  readonly perAddress: number;
  readonly total: number;
  /** Including those without a slot. */
  readonly open: number;
}

/** Whether a connection gets a slot, and which connection must give it up. */
export interface SlotGrant<T> {
  readonly isAdmitted: boolean;
  readonly instead?: T;
}

const ADMITTED = { isAdmitted: true } as const;
const REFUSED = { isAdmitted: false } as const;

/**
 * Decides which connections stay if there are too many. A connection has a slot from its first request
 * on. The address with the most connections loses the one that has waited for its client for longest. A
 * response that is read fast enough is safe, unless an address without any slot needs one. A response that
 * is being made is always safe.
 */
export class ConnectionSlots<T extends Occupant> {
  readonly #shares: Shares;
  readonly #open = new AddressGroup<T>();
  readonly #holders = new AddressGroup<T>();

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#open[Symbol.iterator]();
  }

  /** Makes room for one more open connection. */
  admit(nowMs: number): SlotGrant<T> {
    if (this.#open.size < this.#shares.open) return ADMITTED;
    return insteadOf(this.#open.mostWaiting(nowMs));
  }

  add(occupant: T): void {
    this.#open.add(occupant);
  }

  remove(occupant: T): void {
    this.#open.remove(occupant);
    this.#holders.remove(occupant);
  }

  /** Call when an open connection no longer needs its slot. */
  release(occupant: T): void {
    this.#holders.remove(occupant);
  }

  /** Gives a slot to an open connection. */
  assign(occupant: T, nowMs: number): SlotGrant<T> {
    if (this.#holders.has(occupant)) return ADMITTED;
    const admission = this.#slotFor(occupant, nowMs);
    if (admission.instead) this.#holders.remove(admission.instead);
    if (admission.isAdmitted) this.#holders.add(occupant);
    return admission;
  }

  #slotFor({ address }: T, nowMs: number): SlotGrant<T> {
    const { perAddress, total } = this.#shares;
    const holders = this.#holders;
    const own = holders.countOf(address);
    if (own >= perAddress)
      return insteadOf(holders.longestWaiting(nowMs, (each) => each.address === address));
    if (holders.size < total) return ADMITTED;
    const waiting = holders.longestWaiting(nowMs);
    if (waiting || own > 0) return insteadOf(waiting);
    return insteadOf(holders.longestReading(nowMs));
  }

  /** Connections to close, so that each address and all together stay within the limits. */
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

  /** Without connections that still have time to send their first request, or to close. */
  #counted(nowMs: number): AddressGroup<T> {
    const counted = new AddressGroup<T>();
    for (const each of this.#open)
      if (each.dueMs <= nowMs || this.#holders.has(each)) counted.add(each);
    return counted;
  }

  /** Whether there are too many connections, of this address or in total. */
  isCrowded(address: string): boolean {
    const { perAddress, total } = this.#shares;
    return this.#open.size > total || this.#open.countOf(address) > perAddress;
  }

  /** Whether any address has too many connections. */
  get isAnyCrowded(): boolean {
    for (const { address } of this.#open) if (this.isCrowded(address)) return true;
    return false;
  }
}

function insteadOf<T>(occupant: T | undefined): SlotGrant<T> {
  return occupant === undefined ? REFUSED : { isAdmitted: true, instead: occupant };
}

import { nameKey } from '../text/safe-text.ts';

/** A share of a limited resource, which limits its owner. */
export interface Share {
  /** The owner. Shares of one resource have different names. */
  readonly of: string;
  /** The owner may hold this multiple of the free slots. */
  readonly times: number;
}

/** One greedy owner leaves a ninth to all others. A single owner loses that much. */
export const OUTER_TIMES = 8;
/** Smaller, because a nested owner leaves a part of the outer owner's share. */
export const INNER_TIMES = 2;

/**
 * Distributes a limited number of slots. Each owner may hold a multiple of the free slots, so the
 * limit falls as others come: dynamic thresholds, as in switches with a shared buffer (Choudhury
 * and Hahne, 1998). One greedy owner leaves 1/(times + 1) to the rest, n of them leave 1/(n × times
 * + 1). Shares may be nested: the inner one is a part of the outer owner's share.
 */
export class FairShare {
  readonly #max: number;
  #held = 0;
  readonly #heldBy = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether enough slots are free, and each share, from the outermost, has one left. */
  hasRoom(slots: number, shares: readonly Share[]): boolean {
    let free = this.#max - this.#held;
    if (slots > free) return false;
    for (const { of, times } of shares) {
      free = times * free - this.#heldOf(of);
      if (free <= 0) return false;
    }
    return true;
  }

  reserve(slots: number, shares: readonly Share[]): void {
    this.#held += slots;
    for (const { of } of shares) this.#heldBy.set(of, this.#heldOf(of) + slots);
  }

  release(slots: number, shares: readonly Share[]): void {
    this.#held -= slots;
    for (const { of } of shares) {
      const left = this.#heldOf(of) - slots;
      if (left > 0) this.#heldBy.set(of, left);
      else this.#heldBy.delete(of);
    }
  }

  #heldOf(owner: string): number {
    return this.#heldBy.get(owner) ?? 0;
  }
}

/** Nested shares of the outermost one: for a namespace, and for a name in it. */
export function sharesByName(
  [outermost]: readonly Share[],
  namespace: string,
  name: string,
): readonly Share[] {
  const byName = [nameKey(namespace), nameKey(namespace, name)].map((of) => ({
    of: `name ${of}`,
    times: INNER_TIMES,
  }));
  return outermost ? [outermost, ...byName] : byName;
}

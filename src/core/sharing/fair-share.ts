import { nameKey } from '../text/safe-text.ts';

/** Part of what is bounded, for one of many who would take it all. */
export interface Share {
  /** Whose: parts of one whole have different names. */
  readonly of: string;
  /** It may hold up to so many times what it leaves free. */
  readonly times: number;
}

/** One hog leaves a ninth to all others; who is alone loses that much. */
export const OUTER_TIMES = 8;
/** Less, as what an inner one leaves is a part of what the outer one may have. */
export const INNER_TIMES = 2;

/**
 * Gives out a bounded number of places. Each owner may hold a multiple of what is still free, so the
 * limit falls as others come: dynamic thresholds, as in switches whose ports share a buffer (Choudhury
 * and Hahne, 1998). One hog leaves 1/(times + 1) of all to the rest, n of them leave 1/(n × times + 1).
 * Shares may be nested: the inner one is a part of what the outer one may hold.
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

  /** Whether there are so many places, and each of the shares, from the outermost, has one left. */
  hasRoom(places: number, shares: readonly Share[]): boolean {
    let free = this.#max - this.#held;
    if (places > free) return false;
    for (const { of, times } of shares) {
      free = times * free - this.#heldOf(of);
      if (free <= 0) return false;
    }
    return true;
  }

  take(places: number, shares: readonly Share[]): void {
    this.#held += places;
    for (const { of } of shares) this.#heldBy.set(of, this.#heldOf(of) + places);
  }

  give(places: number, shares: readonly Share[]): void {
    this.#held -= places;
    for (const { of } of shares) {
      const left = this.#heldOf(of) - places;
      if (left > 0) this.#heldBy.set(of, left);
      else this.#heldBy.delete(of);
    }
  }

  #heldOf(owner: string): number {
    return this.#heldBy.get(owner) ?? 0;
  }
}

/** Parts of the outermost share: those of a namespace, and of a name in it. */
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

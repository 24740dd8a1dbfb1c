import { FairShare, type Share } from '../../core/sharing/fair-share.ts';

/** What somebody asks for. */
export interface Claim {
  /** Series. */
  readonly cost: number;
  /** What must be free, where more than `cost` is to follow at once. */
  readonly room?: number;
  readonly shares: readonly Share[];
}

interface Admitted extends Claim {
  round: number;
}

/**
 * A bound on series that never flaps: who was admitted keeps the place until gone, and who comes
 * late waits until there is room, within its share. To be walked in the same order for each snapshot.
 */
export class Admission {
  readonly #places: FairShare;
  #dropped = 0;
  #round = 0;
  readonly #admitted = new Map<string, Admitted>();
  readonly #refused = new Map<string, { round: number }>();

  constructor(max: number) {
    this.#places = new FairShare(max);
  }

  /** Series set aside. */
  get reserved(): number {
    return this.#places.held;
  }

  /** Series refused, each once however long it waits. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Starts a round: frees the places of all who are not among `present`. */
  begin(present: Iterable<string>): void {
    this.#round += 1;
    const round = this.#round;
    for (const key of present) {
      const entry = this.#admitted.get(key) ?? this.#refused.get(key);
      if (entry) entry.round = round;
    }
    for (const [key, { cost, shares, round: last }] of this.#admitted) {
      if (last === round) continue;
      this.#admitted.delete(key);
      this.#places.give(cost, shares);
    }
    for (const [key, entry] of this.#refused) if (entry.round !== round) this.#refused.delete(key);
  }

  admits(key: string, claim: Claim): boolean {
    if (this.#admitted.has(key)) return true;
    const round = this.#round;
    const { cost, room = cost, shares } = claim;
    if (!this.#places.hasRoom(room, shares)) {
      if (!this.#refused.has(key)) this.#dropped += room;
      this.#refused.set(key, { round });
      return false;
    }
    this.#refused.delete(key);
    this.#admitted.set(key, { cost, shares, round });
    this.#places.take(cost, shares);
    return true;
  }
}

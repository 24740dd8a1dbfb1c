import { FairShare, type Share } from '../../core/sharing/fair-share.ts';

/** A request for series by a pod, container or namespace. */
export interface SeriesClaim {
  /** Series. */
  readonly cost: number;
  /** Series that must be free, if more than `cost` is claimed right afterwards. */
  readonly room?: number;
  readonly shares: readonly Share[];
}

interface Admitted extends SeriesClaim {
  round: number;
}

/**
 * Limits the number of series without flapping. An admitted key keeps its series until it is gone;
 * a later one waits for room within its share. Every round must ask in the same order.
 */
export class SeriesAdmission {
  readonly #series: FairShare;
  #dropped = 0;
  #round = 0;
  readonly #admitted = new Map<string, Admitted>();
  readonly #refused = new Map<string, { round: number }>();

  constructor(max: number) {
    this.#series = new FairShare(max);
  }

  /** Series reserved. */
  get reserved(): number {
    return this.#series.held;
  }

  /** Series refused. Each counts once, however long it waits. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Starts a round. Frees the series of all keys that are not in `present`. */
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
      this.#series.release(cost, shares);
    }
    for (const [key, entry] of this.#refused) if (entry.round !== round) this.#refused.delete(key);
  }

  admits(key: string, claim: SeriesClaim): boolean {
    if (this.#admitted.has(key)) return true;
    const round = this.#round;
    const { cost, room = cost, shares } = claim;
    if (!this.#series.hasRoom(room, shares)) {
      if (!this.#refused.has(key)) this.#dropped += room;
      this.#refused.set(key, { round });
      return false;
    }
    this.#refused.delete(key);
    this.#admitted.set(key, { cost, shares, round });
    this.#series.reserve(cost, shares);
    return true;
  }
}

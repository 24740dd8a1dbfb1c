/**
 * A bound on series that never flaps: who was admitted keeps the place until gone, and who comes
 * late waits until there is room. To be walked in the same order for each snapshot.
 */
export class Admission {
  readonly #max: number;
  #reserved = 0;
  #dropped = 0;
  #round = 0;
  readonly #admitted = new Map<string, { cost: number; round: number }>();
  readonly #refused = new Map<string, { round: number }>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Series set aside. */
  get reserved(): number {
    return this.#reserved;
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
    for (const [key, entry] of this.#admitted) {
      if (entry.round === round) continue;
      this.#admitted.delete(key);
      this.#reserved -= entry.cost;
    }
    for (const [key, entry] of this.#refused) if (entry.round !== round) this.#refused.delete(key);
  }

  /** @param room what must be free, where more than `cost` is to follow at once */
  admits(key: string, cost: number, room: number = cost): boolean {
    if (this.#admitted.has(key)) return true;
    const round = this.#round;
    if (this.#reserved + room > this.#max) {
      if (!this.#refused.has(key)) this.#dropped += room;
      this.#refused.set(key, { round });
      return false;
    }
    this.#refused.delete(key);
    this.#admitted.set(key, { cost, round });
    this.#reserved += cost;
    return true;
  }
}

/** A connection as far as its place is concerned. */
export interface Occupant {
  readonly address: string;
  /** Whether nobody has looked yet at what its client has sent. */
  readonly isUnread: boolean;
  /** From when on it counts, even without a place. */
  readonly dueMs: number;
  /** How long it has been waiting for its client; undefined while the client waits for an answer. */
  readonly waitedMs: (nowMs: number) => number | undefined;
  /** How long its client has had an answer to read; undefined where it has none. */
  readonly readingMs: (nowMs: number) => number | undefined;
}

/** Connections, counted by address. */
export class AddressGroup<T extends Occupant> {
  readonly #members = new Set<T>();
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  countOf(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  add(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    this.#counts.set(member.address, this.countOf(member.address) + 1);
  }

  remove(member: T): void {
    if (!this.#members.delete(member)) return;
    const count = this.countOf(member.address) - 1;
    if (count === 0) this.#counts.delete(member.address);
    else this.#counts.set(member.address, count);
  }

  /** Of the address with the most members, the one that has waited for its client for longest. */
  longestWaiting(nowMs: number, isEligible: (member: T) => boolean = () => true): T | undefined {
    return this.#first((member) => (isEligible(member) ? member.waitedMs(nowMs) : undefined));
  }

  /**
   * Of the address with the most members that wait for their clients, the one that has for longest;
   * those that nobody has looked at come last. An address with many answers to read does not lose the
   * only connection that has just come.
   */
  mostWaiting(nowMs: number): T | undefined {
    const [waiting, unread] = [new AddressGroup<T>(), new AddressGroup<T>()];
    for (const member of this.#members)
      if (member.waitedMs(nowMs) !== undefined) (member.isUnread ? unread : waiting).add(member);
    return (waiting.size > 0 ? waiting : unread).longestWaiting(nowMs);
  }

  /** Of the address with the most members, the one whose client has been reading for longest. */
  longestReading(nowMs: number): T | undefined {
    return this.#first((member) => member.readingMs(nowMs));
  }

  /** The greatest by number of its address, then by age. */
  #first(ageOf: (member: T) => number | undefined): T | undefined {
    let [first, mostCount, mostAge]: [T | undefined, number, number] = [undefined, 0, 0];
    for (const member of this.#members) {
      const age = ageOf(member);
      if (age === undefined) continue;
      const count = this.countOf(member.address);
      if (count < mostCount || (count === mostCount && age <= mostAge)) continue;
      [first, mostCount, mostAge] = [member, count, age];
    }
    return first;
  }
}

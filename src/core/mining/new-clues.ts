import type { ClueRecord } from '../reading/clue.ts';

/** Returns each clue once, oldest first. A clue stays in the table until a tick has succeeded. */
export class NewClues {
  #seen: ReadonlyMap<number, number> = new Map();

  of(clues: Iterable<ClueRecord>): ClueRecord[] {
    const seen = new Map<number, number>();
    const fresh: ClueRecord[] = [];
    for (const clue of clues) {
      const { slot, atNs } = clue;
      seen.set(slot, atNs);
      if (this.#seen.get(slot) !== atNs) fresh.push(clue);
    }
    this.#seen = seen;
    return fresh.sort((a, b) => a.atNs - b.atNs);
  }
}

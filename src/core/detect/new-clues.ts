import { NewRows } from '../new-rows.ts';
import type { ClueRecord } from './clue.ts';

/** Tells each clue once, in the order of time. */
export class NewClues {
  readonly #rows = new NewRows();

  of(clues: Iterable<ClueRecord>): ClueRecord[] {
    return [...this.#rows.of(clues)].sort((a, b) => a.atNs - b.atNs);
  }
}

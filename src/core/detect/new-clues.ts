import type { ClueRecord } from './clue.ts';

/** Tells the clues of a ring that are new: the kernel shows each as long as its place is not needed. */
export class NewClues {
  readonly #lastByCpu = new Map<number, number>();

  of(clues: Iterable<ClueRecord>): ClueRecord[] {
    const fresh: ClueRecord[] = [];
    for (const clue of clues) {
      if (clue.sequence > (this.#lastByCpu.get(clue.cpu) ?? 0)) fresh.push(clue);
    }
    for (const { cpu, sequence } of fresh)
      this.#lastByCpu.set(cpu, Math.max(sequence, this.#lastByCpu.get(cpu) ?? 0));
    return fresh.sort((a, b) => a.atNs - b.atNs);
  }
}

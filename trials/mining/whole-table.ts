import { type Confusion, f1Of, precisionOf, recallOf, together } from './confusion.ts';
import { percent, shareOf, table } from './markdown.ts';

/** A row of the overview. */
export interface Part {
  readonly what: string;
  readonly confusion: Confusion;
  /** Counts only in the last row. */
  readonly isApart?: boolean;
}

/** Recall, precision and F1 of each part, of all parts that are not apart, and of all. */
export function wholeTable(parts: readonly Part[]): string {
  const usual = parts.filter(({ isApart }) => !isApart);
  return confusionTable('part', [
    ...parts,
    { what: 'all except padded', confusion: sumOf(usual) },
    { what: 'all', confusion: sumOf(parts) },
  ]);
}

/** Recall, precision and F1, one row per part. */
export function confusionTable(head: string, parts: readonly Part[]): string {
  const lines = parts.map(({ what, confusion }) => lineOf(what, confusion));
  const heads = [head, 'miners detected', 'false positives', 'recall', 'precision', 'F1'];
  return table(heads, lines);
}

function sumOf(parts: readonly Part[]): Confusion {
  return together(parts.map(({ confusion }) => confusion));
}

function lineOf(what: string, confusion: Confusion): string[] {
  const { miners, detected, innocents, wrong } = confusion;
  const shares = [recallOf, precisionOf, f1Of].map((of) => percent(of(confusion)));
  return [
    what,
    miners === 0 ? '–' : shareOf(detected, miners),
    innocents === 0 ? '–' : shareOf(wrong, innocents),
    ...shares,
  ];
}

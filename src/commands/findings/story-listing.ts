import type { FindingSnapshot } from '../../api/grpc/view.ts';
import { storyOf } from './story.ts';

/** Where no terminal tells, and at most: longer lines are hard to read. */
const MOST_COLUMNS = 100;
/** Less is no terminal, but a mistake. */
const LEAST_COLUMNS = 40;

/** The stories with an empty line between; of so many rows, only those that fit on them. */
export function* fittingStories(
  { findings, nodeName, wallMs }: FindingSnapshot,
  columns: number = MOST_COLUMNS,
  rows: number = Number.POSITIVE_INFINITY,
): Generator<string> {
  const width = Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS));
  // Two for how many more there are, and for the cursor.
  let room = rows - 2;
  for (const [i, finding] of findings.entries()) {
    const story = storyOf(finding, { nodeName, nowSeconds: wallMs / 1000, width });
    const lines = i === 0 ? story : ['', ...story];
    const taken = rowsOf(lines, columns);
    if (i > 0 && taken > room) {
      yield `… and ${findings.length - i} more`;
      return;
    }
    yield* taken > room ? lines.slice(0, Math.max(1, room)) : lines;
    room -= taken;
  }
}

/** A command to paste may take more rows of a terminal than one. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
}

import type { FindingSnapshot } from '../../api/grpc/view.ts';
import { storyOf } from './story.ts';

/** Upper limit, because longer lines are hard to read; also used without a terminal. */
const MOST_COLUMNS = 100;
/** Narrower widths are not usable. */
const LEAST_COLUMNS = 40;

/** The stories, separated by empty lines; only as many as fit in `rows`. */
export function* fittingStories(
  { findings, nodeName, wallMs }: FindingSnapshot,
  columns: number = MOST_COLUMNS,
  rows: number = Number.POSITIVE_INFINITY,
): Generator<string> {
  const width = Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS));
  // Two rows: the count of hidden findings, and the cursor.
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

/** Commands are not wrapped, so one line can take several rows. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
}

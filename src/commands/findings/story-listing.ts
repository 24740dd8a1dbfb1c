import type { FindingSnapshot } from '../../api/grpc/view.ts';
import { storyOf } from './story.ts';

/** Default and maximum line length. Longer lines are hard to read. */
const MOST_COLUMNS = 100;
/** Minimum line length, if a terminal reports a smaller one. */
const LEAST_COLUMNS = 40;

/** Stories separated by an empty line, as many as fit the rows of the terminal. */
export function* fittingStories(
  { findings, nodeName, wallMs }: FindingSnapshot,
  columns: number = MOST_COLUMNS,
  rows: number = Number.POSITIVE_INFINITY,
): Generator<string> {
  const width = Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS));
  // Two rows are reserved: for "… and N more" and for the cursor.
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

/** Commands are not wrapped, so one line may take several rows. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
}

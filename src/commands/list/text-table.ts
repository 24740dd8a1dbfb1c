import type { Size } from './sink.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row, nowSeconds: number) => string;
}

export interface Table<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Unix time. */
  readonly nowSeconds: number;
}

const GAP = '   ';

/** The head and one line per row. Lazy, because a full table does not fit in the heap. */
function* tableLines<Row>({ rows, columns, nowSeconds }: Table<Row>): Generator<string> {
  const widths = columns.map(({ head, cell }) =>
    rows.reduce((width, row) => Math.max(width, cell(row, nowSeconds).length), head.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  yield line(columns.map(({ head }) => head));
  for (const row of rows) yield line(columns.map(({ cell }) => cell(row, nowSeconds)));
}

/** The lines of a table that fit a terminal; all lines if the size is undefined. */
export function* fittingTable<Row>(table: Table<Row>, size: Size | undefined): Generator<string> {
  const { rows } = table;
  const visible = upTo(size?.rows, rows);
  for (const line of tableLines({ ...table, rows: visible }))
    yield line.slice(0, size?.columns).trimEnd();
  const rest = rows.length - visible.length;
  if (rest > 0) yield `… and ${rest} more`;
}

/** Reserves rows for the head, the count of hidden rows, and the cursor. */
function upTo<Row>(lines: number | undefined, rows: readonly Row[]): readonly Row[] {
  if (lines === undefined || rows.length <= lines - 2) return rows;
  return rows.slice(0, Math.max(1, lines - 3));
}

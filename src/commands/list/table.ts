import type { Size } from './sink.ts';

/** A column of a table whose rows show things of one kind. */
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

/** The head and a line a row. A full table takes more memory than the heap has: line by line. */
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

/** The same, of which a terminal of a size shows what it has room for. */
export function* fittingTable<Row>(table: Table<Row>, size: Size | undefined): Generator<string> {
  const { rows } = table;
  const visible = upTo(size?.rows, rows);
  for (const line of tableLines({ ...table, rows: visible }))
    yield line.slice(0, size?.columns).trimEnd();
  const rest = rows.length - visible.length;
  if (rest > 0) yield `… and ${rest} more`;
}

/** Leaves room for the head, for how many more there are, and for the cursor. */
function upTo<Row>(lines: number | undefined, rows: readonly Row[]): readonly Row[] {
  if (lines === undefined || rows.length <= lines - 2) return rows;
  return rows.slice(0, Math.max(1, lines - 3));
}

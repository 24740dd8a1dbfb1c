/** The rows of a table. */
export interface Rows<Row> extends Iterable<Row> {
  /** The same for a caller that keeps no row: each row is valid only until the next one. */
  readonly inPlace?: () => Iterable<Row>;
}

/** Iterates without allocating an object per row, if the table supports it. */
export function inPlace<Row>(rows: Rows<Row>): Iterable<Row> {
  return rows.inPlace?.() ?? rows;
}

/** A living row may be missing from this many reads in a row: a short read, not an end. */
export const MISSES_FORGIVEN = 3;

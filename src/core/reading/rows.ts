/** The rows of a table. */
export interface Rows<Row> extends Iterable<Row> {
  /** The same for a walk that keeps none: a row is itself until the next one takes its place. */
  readonly inPlace?: () => Iterable<Row>;
}

/** Rows one after the other in one place, where they can be had so: none of them is garbage then. */
export function inPlace<Row>(rows: Rows<Row>): Iterable<Row> {
  return rows.inPlace?.() ?? rows;
}

/** A row of a ring that one CPU writes. */
export interface RingRow {
  /** Counts the rows of one CPU from 1; 0 while the row is being written. */
  readonly sequence: number;
  readonly cpu: number;
}

/** Filters the new rows of rings. The kernel keeps showing a row until its place is reused. */
export class NewRows {
  readonly #lastByCpu = new Map<number, number>();

  /** In the order of the table, which differs from the order of the numbers. */
  *of<Row extends RingRow>(rows: Iterable<Row>): Generator<Row> {
    const lastByCpu = new Map(this.#lastByCpu);
    for (const row of rows) {
      const { sequence, cpu } = row;
      if (sequence <= (this.#lastByCpu.get(cpu) ?? 0)) continue;
      lastByCpu.set(cpu, Math.max(sequence, lastByCpu.get(cpu) ?? 0));
      yield row;
    }
    for (const [cpu, last] of lastByCpu) this.#lastByCpu.set(cpu, last);
  }
}

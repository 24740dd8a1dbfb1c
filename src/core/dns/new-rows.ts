/** A row of a ring that each CPU has for itself. */
export interface RingRow {
  /** Counts the rows of one CPU from 1; 0 where it is being written. */
  readonly sequence: number;
  readonly cpu: number;
}

/** Tells the rows of rings that are new: the kernel shows each as long as its place is not needed. */
export class NewRows {
  readonly #lastByCpu = new Map<number, number>();

  /** In the order of the table, which is not that of the numbers. */
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

import { randomFrom, spread } from '../../../src/core/seeded-random.ts';

/** The default interval of the daemon. */
export const TICK_SECONDS = 5;
/** Payload of a full segment, with TCP timestamps. */
const SEGMENT_BYTES = 1448;

/** Activity of one flow in one tick. */
export interface TickFigures {
  readonly sentBytes: number;
  readonly sentSegments: number;
  readonly receivedBytes: number;
  readonly receivedSegments: number;
  readonly established: number;
  readonly failures: number;
  readonly openNow: number;
}

/** Records events on the connections with one peer, by tick. Events may be written in any order. */
export class FlowTrace {
  readonly seconds: number;
  readonly random: () => number;
  /** CPUs used by tireless threads, by tick. */
  cpuOf: (tick: number) => number = () => 0;
  openAtFirst = 1;
  readonly #ticks: number;
  /** In the order of {@link TickFigures}; openNow holds changes. */
  readonly #columns: readonly Float64Array[];
  /** Random offset of the ticks from the messages. */
  readonly #phase: number;

  constructor(seconds: number, seed: number) {
    this.seconds = seconds;
    // Neighboring seeds give similar first numbers, so some are skipped.
    const random = randomFrom(spread(seed));
    for (let i = 0; i < 8; i++) random();
    this.random = random;
    this.#ticks = Math.ceil(seconds / TICK_SECONDS);
    this.#columns = Array.from({ length: 7 }, () => new Float64Array(this.#ticks));
    this.#phase = random() * TICK_SECONDS;
  }

  get ticks(): number {
    return this.#ticks;
  }

  at(tick: number): TickFigures {
    const figure = (column: number) => this.#columns[column]?.[tick] ?? 0;
    return {
      sentBytes: figure(0),
      sentSegments: figure(1),
      receivedBytes: figure(2),
      receivedSegments: figure(3),
      established: figure(4),
      failures: figure(5),
      openNow: figure(6),
    };
  }

  /** A sent message, and the peer's ACK without data. */
  send(at: number, bytes: number): void {
    this.#add(at, 0, bytes);
    this.#add(at, 1, Math.ceil(bytes / SEGMENT_BYTES));
    this.#add(at, 3, 1);
  }

  receive(at: number, bytes: number): void {
    this.#add(at, 2, bytes);
    this.#add(at, 3, Math.ceil(bytes / SEGMENT_BYTES));
    this.#add(at, 1, 1);
  }

  /** A question and its reply. */
  exchange(at: number, question: number, answer: number, latency: number): void {
    this.send(at, question);
    this.receive(at + latency, answer);
  }

  /** Replaces the open connection by a new one. */
  reopen(at: number): void {
    this.#add(at, 4, 1);
  }

  /** A failed connection attempt. */
  fail(at: number): void {
    this.#add(at, 5, 1);
  }

  /** Ends the recording: turns the changes of openNow into totals. */
  close(): this {
    const open = this.#columns[6];
    let now = this.openAtFirst;
    for (let tick = 0; open && tick < this.#ticks; tick++) {
      now += open[tick] ?? 0;
      open[tick] = now;
    }
    return this;
  }

  #add(at: number, column: number, amount: number): void {
    const tick = Math.floor((at + this.#phase) / TICK_SECONDS);
    const figures = this.#columns[column];
    if (figures && tick >= 0 && tick < this.#ticks) figures[tick] = (figures[tick] ?? 0) + amount;
  }

  /** Uniform between two numbers. */
  between(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  /** Log-uniform between two numbers, for quantities of unknown scale. */
  scaled(least: number, most: number): number {
    return least * (most / least) ** this.random();
  }

  isLikely(share: number): boolean {
    return this.random() < share;
  }

  /** Time to the next random event, with this mean. */
  wait(meanSeconds: number): number {
    return -meanSeconds * Math.log(1 - this.random());
  }

  /** Calls `happen` from a random start to the end of the trace, after each drawn interval. */
  each(gap: () => number, happen: (at: number) => void): void {
    for (let at = gap() * this.random(); at < this.seconds; at += gap()) happen(at);
  }

  /** Once per period, earlier or later by at most this share of it. */
  steady(period: number, jitter: number, happen: (at: number) => void): void {
    this.each(() => period * (1 + jitter * (2 * this.random() - 1)), happen);
  }

  /** At random times, with this mean interval. */
  scattered(mean: number, happen: (at: number) => void): void {
    this.each(() => this.wait(mean), happen);
  }
}

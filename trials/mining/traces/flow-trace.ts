import { randomFrom } from '../../../src/core/mining/observation.fixture.ts';

/** As the daemon ticks by default. */
export const TICK_SECONDS = 5;
/** Payload of a full segment, with time stamps. */
const SEGMENT_BYTES = 1448;

/** What one flow did in one tick. */
export interface TickFigures {
  readonly sentBytes: number;
  readonly sentSegments: number;
  readonly receivedBytes: number;
  readonly receivedSegments: number;
  readonly established: number;
  readonly failures: number;
  readonly openNow: number;
}

/** Writes what happens on the connections with one peer, tick by tick; the order does not matter. */
export class FlowTrace {
  readonly seconds: number;
  readonly random: () => number;
  /** CPUs that threads without sleep use, by tick; what the scenario has besides its connections. */
  cpuOf: (tick: number) => number = () => 0;
  openAtFirst = 1;
  readonly #ticks: number;
  /** By the order of {@link TickFigures}; of openNow the changes. */
  readonly #columns: readonly Float64Array[];
  /** A tick begins anywhere between two messages. */
  readonly #phase: number;

  constructor(seconds: number, seed: number) {
    this.seconds = seconds;
    // Neighbouring seeds begin alike: some rounds apart they do not.
    const random = randomFrom(seed * 2_654_435_761);
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

  /** A message out, and the peer's pure ACK of it. */
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

  /** A question and its answer. */
  ask(at: number, question: number, answer: number, latency: number): void {
    this.send(at, question);
    this.receive(at + latency, answer);
  }

  /** Another connection in place of the one that was open. */
  reopen(at: number): void {
    this.#add(at, 4, 1);
  }

  /** An attempt that came to nothing. */
  fail(at: number): void {
    this.#add(at, 5, 1);
  }

  /** Ends the writing: the changes of openNow become what is open. */
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

  /** A number between two, each as likely. */
  between(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  /** A number between two, each order of magnitude as likely: for what nobody knows the scale of. */
  scaled(least: number, most: number): number {
    return least * (most / least) ** this.random();
  }

  isLikely(share: number): boolean {
    return this.random() < share;
  }

  /** A wait for what happens at random, so often on the average. */
  wait(meanSeconds: number): number {
    return -meanSeconds * Math.log(1 - this.random());
  }

  /** Calls at moments whose distances are drawn, from a random first one, as long as it lasts. */
  each(gap: () => number, happen: (at: number) => void): void {
    for (let at = gap() * this.random(); at < this.seconds; at += gap()) happen(at);
  }

  /** Once a period, but for so much of it in either direction. */
  steady(period: number, jitter: number, happen: (at: number) => void): void {
    this.each(() => period * (1 + jitter * (2 * this.random() - 1)), happen);
  }

  /** At random, so often on the average. */
  scattered(mean: number, happen: (at: number) => void): void {
    this.each(() => this.wait(mean), happen);
  }
}

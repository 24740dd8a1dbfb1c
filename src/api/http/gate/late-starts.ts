/** Delay of each start, and the maximum number of delayed starts. */
export interface Lateness {
  readonly afterMs: number;
  readonly most: number;
}

/** Delays starts, in order. Above the maximum, the oldest starts at once. */
export class LateStarts {
  readonly #lateness: Lateness;
  readonly #timers = new Map<() => void, NodeJS.Timeout>();

  constructor(lateness: Lateness) {
    this.#lateness = lateness;
  }

  add(start: () => void): void {
    const { afterMs, most } = this.#lateness;
    this.#timers.set(start, setTimeout(() => this.#start(start), afterMs).unref());
    const [oldest] = this.#timers.keys();
    if (oldest && this.#timers.size > most) this.#start(oldest);
  }

  #start(start: () => void): void {
    clearTimeout(this.#timers.get(start));
    this.#timers.delete(start);
    start();
  }
}

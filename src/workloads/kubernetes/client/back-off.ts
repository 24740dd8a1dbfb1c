const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Pauses after failures: doubled each time, up to 30 s; half of each is random. */
export class BackOff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const mostMs = this.#nextMs;
    this.#nextMs = Math.min(2 * mostMs, LONGEST_MS);
    // Randomness spreads the load, because all agents of a cluster lose the API at once.
    return mostMs * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}

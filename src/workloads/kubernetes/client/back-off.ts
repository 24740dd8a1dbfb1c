const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Pauses between failures: each twice the last, up to half a minute, half of it by chance. */
export class BackOff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How long to wait before the next attempt. */
  next(): number {
    const mostMs = this.#nextMs;
    this.#nextMs = Math.min(2 * mostMs, LONGEST_MS);
    // Agents of a thousand nodes lose the API at the same moment.
    return mostMs * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}

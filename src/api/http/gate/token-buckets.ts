/** One token in each interval, and at most `burst` saved. */
export interface Rate {
  readonly intervalMs: number;
  readonly burst: number;
}

/** A bucket costs some 100 bytes. A forgotten one is full again, as it would be after a pause. */
const MAX_BUCKETS = 4096;

/** Sums of times are exact to less than that. */
const ROUNDING_MS = 1e-3;

/** A token bucket for each address. Of too many addresses, the longest unused are forgotten. */
export class TokenBuckets {
  readonly #rate: Rate;
  /** When the bucket will be full again, the longest unused first. */
  readonly #fullMs = new Map<string, number>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token. Returns 0, or how many milliseconds later there will be one. */
  take(address: string, nowMs: number): number {
    const { intervalMs, burst } = this.#rate;
    const fullMs = Math.max(this.#fullMs.get(address) ?? 0, nowMs) + intervalMs;
    const lateMs = fullMs - nowMs - burst * intervalMs;
    if (lateMs > ROUNDING_MS) return lateMs;
    this.#keep(address, fullMs);
    return 0;
  }

  /** Whether there is no token. */
  isEmpty(address: string, nowMs: number): boolean {
    const { intervalMs, burst } = this.#rate;
    const fullMs = this.#fullMs.get(address) ?? 0;
    return fullMs + intervalMs - nowMs - burst * intervalMs > ROUNDING_MS;
  }

  /** Takes so many tokens, whether there are any or not. No more than a burst can be owed. */
  spend(address: string, tokens: number, nowMs: number): void {
    const { intervalMs, burst } = this.#rate;
    const fullMs = Math.max(this.#fullMs.get(address) ?? 0, nowMs) + tokens * intervalMs;
    this.#keep(address, Math.min(fullMs, nowMs + 2 * burst * intervalMs));
  }

  #keep(address: string, fullMs: number): void {
    this.#fullMs.delete(address);
    this.#fullMs.set(address, fullMs);
    if (this.#fullMs.size > MAX_BUCKETS) this.#forget();
  }

  #forget(): void {
    const [longestUnused] = this.#fullMs.keys();
    if (longestUnused !== undefined) this.#fullMs.delete(longestUnused);
  }
}

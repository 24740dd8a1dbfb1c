/** One token per interval, and at most `burst` tokens saved. */
export interface Rate {
  readonly intervalMs: number;
  readonly burst: number;
}

/** A bucket needs about 100 bytes. A dropped bucket is full again, as after a pause. */
const MAX_BUCKETS = 4096;

/** Larger than the rounding errors of sums of times. */
const ROUNDING_MS = 1e-3;

/** A token bucket per address. Above the maximum number of addresses, the longest unused are dropped. */
export class TokenBuckets {
  readonly #rate: Rate;
  /** The time at which each bucket is full again, the longest unused first. */
  readonly #fullMs = new Map<string, number>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is one. */
  takeToken(address: string, nowMs: number): number {
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

  /** Takes this many tokens, even if there are fewer. The debt is at most one burst. */
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

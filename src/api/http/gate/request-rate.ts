import { type Rate, TokenBuckets } from './token-buckets.ts';

/** The rate of all addresses together, as a multiple of the rate of one. */
const ADDRESSES = 4;
/** The rate that every address has under load. Scrapers usually need less. */
const GUARANTEED: Rate = { intervalMs: 250, burst: 64 };
const ALL = '';

/** Limits the requests of each address, and of all together. Addresses with few requests are never shut out. */
export class RequestRate {
  readonly #rate: Rate;
  readonly #own: TokenBuckets;
  readonly #overall: TokenBuckets;
  readonly #guaranteed = new TokenBuckets(GUARANTEED);

  constructor(rate: Rate) {
    const { intervalMs, burst } = rate;
    this.#rate = rate;
    this.#own = new TokenBuckets({ intervalMs, burst });
    const overall = { intervalMs: intervalMs / ADDRESSES, burst: burst * ADDRESSES };
    this.#overall = new TokenBuckets(overall);
  }

  /** Admits a request. Returns 0, or the milliseconds until another attempt makes sense. */
  admit(address: string, nowMs: number): number {
    const ownMs = this.admitOwn(address, nowMs);
    if (ownMs > 0) return ownMs;
    const overallMs = this.#overall.takeToken(ALL, nowMs);
    return overallMs === 0 ? 0 : this.#guaranteed.takeToken(address, nowMs);
  }

  /** The same, regardless of other addresses. */
  admitOwn(address: string, nowMs: number): number {
    return this.#own.takeToken(address, nowMs);
  }

  /** Whether the address has exceeded its rate, or its rate under load. */
  isSpent(address: string, nowMs: number): boolean {
    if (this.#own.isEmpty(address, nowMs)) return true;
    return this.#overall.isEmpty(ALL, nowMs) && this.#guaranteed.isEmpty(address, nowMs);
  }

  /** Takes a token, even if there is none. */
  spend(address: string, nowMs: number): void {
    this.#own.spend(address, 1, nowMs);
  }

  /** Charges for a response that was requested but not read. Two of them use up a burst. */
  penalize(address: string, nowMs: number): void {
    this.#own.spend(address, this.#rate.burst / 2, nowMs);
    this.#guaranteed.spend(address, GUARANTEED.burst / 2, nowMs);
  }
}

import { type Rate, TokenBuckets } from './token-buckets.ts';

/** What all addresses may ask for together, as a multiple of what one may. */
const ADDRESSES = 10;
/** What an address gets even where many ask: scrapers and probes need less, now and then more. */
const GUARANTEED: Rate = { intervalMs: 1000, burst: 100 };
const ALL = '';

/** Limits the requests of each address, and of all of them without shutting out the modest ones. */
export class RequestRate {
  readonly #own: TokenBuckets;
  readonly #overall: TokenBuckets;
  readonly #guaranteed = new TokenBuckets(GUARANTEED);

  constructor({ intervalMs, burst }: Rate) {
    this.#own = new TokenBuckets({ intervalMs, burst });
    const overall = { intervalMs: intervalMs / ADDRESSES, burst: burst * ADDRESSES };
    this.#overall = new TokenBuckets(overall);
  }

  /** Admits a request. Returns 0, or in how many milliseconds another attempt makes sense. */
  take(address: string, nowMs: number): number {
    const ownMs = this.#own.take(address, nowMs);
    if (ownMs > 0) return ownMs;
    const overallMs = this.#overall.take(ALL, nowMs);
    return overallMs === 0 ? 0 : this.#guaranteed.take(address, nowMs);
  }
}

import { type Rate, TokenBuckets } from './token-buckets.ts';

/** What all addresses may ask for together, as a multiple of what one may. */
const ADDRESSES = 4;
/** What an address gets even where many ask: scrapers need less, now and then more. */
const GUARANTEED: Rate = { intervalMs: 250, burst: 64 };
const ALL = '';

/** Limits the requests of each address, and of all of them without shutting out the modest ones. */
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

  /** Admits a request. Returns 0, or in how many milliseconds another attempt makes sense. */
  take(address: string, nowMs: number): number {
    const ownMs = this.takeOwn(address, nowMs);
    if (ownMs > 0) return ownMs;
    const overallMs = this.#overall.take(ALL, nowMs);
    return overallMs === 0 ? 0 : this.#guaranteed.take(address, nowMs);
  }

  /** The same, whatever others ask for. */
  takeOwn(address: string, nowMs: number): number {
    return this.#own.take(address, nowMs);
  }

  /** Whether the address has asked for more than it may, or than all may while many ask. */
  isSpent(address: string, nowMs: number): boolean {
    if (this.#own.isEmpty(address, nowMs)) return true;
    return this.#overall.isEmpty(ALL, nowMs) && this.#guaranteed.isEmpty(address, nowMs);
  }

  /** Takes a token, whether there is one or not. */
  spend(address: string, nowMs: number): void {
    this.#own.spend(address, 1, nowMs);
  }

  /** A client of this address asked for an answer and did not read it: two such use up a burst. */
  penalize(address: string, nowMs: number): void {
    this.#own.spend(address, this.#rate.burst / 2, nowMs);
    this.#guaranteed.spend(address, GUARANTEED.burst / 2, nowMs);
  }
}

import type { Pairs, PairUsage, WorkloadPair } from '../flow/workload-pair.ts';
import { FairShare, type Share } from '../sharing/fair-share.ts';
import { nameKey } from '../text/safe-text.ts';
import { addTally, noTally, type Tally } from './tally.ts';

/** Whether a workload has exported pods. */
export type HasPods = (namespace: string, workload: string) => boolean;

/** The end on this node. */
export interface PairEnd {
  readonly createdSeconds: number;
  /** The shares that it uses. */
  readonly shares: readonly Share[];
}

/** The sum of all pairs beyond the limit. */
const OTHERS: WorkloadPair = {
  namespace: '',
  workload: '',
  peerNamespace: '',
  peerWorkload: '',
  peerClass: 'other',
};

class Account {
  readonly pair: WorkloadPair;
  readonly shares: readonly Share[];
  readonly #createdSeconds: number;
  readonly #tally = noTally();
  #usage: PairUsage | undefined;

  constructor(pair: WorkloadPair, createdSeconds: number, shares: readonly Share[]) {
    this.pair = pair;
    this.shares = shares;
    this.#createdSeconds = createdSeconds;
  }

  add(tally: Readonly<Tally>): void {
    addTally(tally, this.#tally);
    this.#usage = undefined;
  }

  usage(): PairUsage {
    this.#usage ??= {
      pair: this.pair,
      ...this.#tally,
      createdSeconds: this.#createdSeconds,
    };
    return this.#usage;
  }
}

/**
 * Limits the number of pairs, plus one for all pairs beyond the limit or their share. A pair keeps
 * its place until either workload has no more pods: then no traffic between them is possible.
 */
export class PairTable {
  readonly #places: FairShare;
  readonly #accounts = new Map<string, Account>();
  readonly #refused = new Map<string, WorkloadPair>();
  #others: Account | undefined;
  #overflowed = 0;

  constructor(max: number) {
    this.#places = new FairShare(max);
  }

  add(pair: WorkloadPair, tally: Readonly<Tally>, end: PairEnd): void {
    this.#accountOf(pair, end).add(tally);
  }

  forget(hasPods: HasPods): void {
    for (const [key, { pair, shares }] of this.#accounts) {
      if (isPossible(pair, hasPods)) continue;
      this.#accounts.delete(key);
      this.#places.release(1, shares);
    }
    for (const [key, pair] of this.#refused) {
      if (!isPossible(pair, hasPods)) this.#refused.delete(key);
    }
  }

  pairs(): Pairs {
    const all = Array.from(this.#accounts.values(), (account) => account.usage());
    if (this.#others) all.push(this.#others.usage());
    return { all, overflowed: this.#overflowed };
  }

  #accountOf(pair: WorkloadPair, { createdSeconds, shares }: PairEnd): Account {
    const key = keyOf(pair);
    const known = this.#accounts.get(key);
    if (known) return known;
    if (!this.#places.hasRoom(1, shares)) {
      if (!this.#refused.has(key)) this.#overflowed += 1;
      this.#refused.set(key, pair);
      this.#others ??= new Account(OTHERS, createdSeconds, []);
      return this.#others;
    }
    this.#refused.delete(key);
    const account = new Account(pair, createdSeconds, shares);
    this.#places.reserve(1, shares);
    this.#accounts.set(key, account);
    return account;
  }
}

export function keyOf(pair: WorkloadPair): string {
  const { namespace, workload, peerNamespace, peerWorkload, peerClass } = pair;
  return nameKey(namespace, workload, peerNamespace, peerWorkload, peerClass);
}

function isPossible(pair: WorkloadPair, hasPods: HasPods): boolean {
  const { namespace, workload, peerNamespace, peerWorkload } = pair;
  return (
    (workload === '' || hasPods(namespace, workload)) &&
    (peerWorkload === '' || hasPods(peerNamespace, peerWorkload))
  );
}

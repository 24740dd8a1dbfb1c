import { FairShare, type Share } from '../sharing/fair-share.ts';
import type { NamespaceUsage } from '../snapshot.ts';
import { nameKey } from '../text/safe-text.ts';
import {
  addBooked,
  addFigures,
  type BookedBytes,
  type Figures,
  noFigures,
  usageOf,
} from '../usage/figures.ts';

/** Namespaces of a node are few; where they are made up by the thousand the rest is under ''. */
export const MAX_NAMESPACES = 200;

/** Whose namespace something ended in, and whose share of all namespaces that uses up. */
export interface Member {
  readonly namespace: string;
  readonly shares: readonly Share[];
}

/** What ended unseen, or in a namespace that found no room. */
export const NAMELESS: Member = { namespace: '', shares: [] };

interface Account extends Member {
  readonly figures: Figures;
}

/** What ended pods had used, by namespace, so that the node's sum never loses it. */
export class Ended {
  readonly #nameless: Account = { ...NAMELESS, figures: noFigures() };
  readonly #byNamespace = new Map([['', this.#nameless]]);
  readonly #places = new FairShare(MAX_NAMESPACES - 1);

  /** A namespace is shown at zero before something ends in it: else the first is no increase. */
  open(member: Member): void {
    this.#of(member);
  }

  add(member: Member, figures: Figures, start: number, end: number): void {
    addFigures(figures, this.#of(member).figures, start, end);
  }

  /** Of what ended unseen. */
  addBooked(booked: BookedBytes): void {
    addBooked(booked, this.#nameless.figures);
  }

  /** NOTE: by-namespace counters begin with the daemon, those of '' with the kernel's counters. */
  usage(startedSeconds: number, daemonSeconds: number): NamespaceUsage[] {
    return Array.from(this.#byNamespace.values(), ({ namespace, shares, figures }) => ({
      namespace,
      shares,
      usage: usageOf(figures),
      createdSeconds: namespace === '' ? startedSeconds : daemonSeconds,
    }));
  }

  #of({ namespace, shares }: Member): Account {
    const key = nameKey(namespace);
    const known = this.#byNamespace.get(key);
    if (known) return known;
    if (!this.#places.hasRoom(1, shares)) return this.#nameless;
    this.#places.take(1, shares);
    const account = { namespace, shares, figures: noFigures() };
    this.#byNamespace.set(key, account);
    return account;
  }
}

import { FairShare, type Share } from '../sharing/fair-share.ts';
import { nameKey } from '../text/safe-text.ts';
import {
  addBooked,
  addFigures,
  type BookedBytes,
  type Figures,
  noFigures,
  usageOf,
} from '../usage/figures.ts';
import type { NamespaceUsage } from './node-usage.ts';

/** A node has few namespaces. If thousands are created, the remainder is summed under ''. */
export const MAX_NAMESPACES = 200;

/** Namespace of an ended object, and its shares of the namespaces. */
export interface Member {
  readonly namespace: string;
  readonly shares: readonly Share[];
}

/** For objects that ended unseen, or in a namespace beyond the limit. */
export const NAMELESS: Member = { namespace: '', shares: [] };

interface Account extends Member {
  readonly figures: Figures;
}

/** Usage of ended pods by namespace, so that the node's sum keeps it. */
export class EndedUsage {
  readonly #nameless: Account = { ...NAMELESS, figures: noFigures() };
  readonly #byNamespace = new Map([['', this.#nameless]]);
  readonly #places = new FairShare(MAX_NAMESPACES - 1);

  /**
   * A namespace appears at zero before something ends in it; otherwise the first value is no
   * increase.
   */
  open(member: Member): void {
    this.#of(member);
  }

  add(member: Member, figures: Figures, start: number, end: number): void {
    addFigures(figures, this.#of(member).figures, start, end);
  }

  /** Adds figures of objects that ended unseen. */
  addBooked(booked: BookedBytes): void {
    addBooked(booked, this.#nameless.figures);
  }

  /** NOTE: counters by namespace begin with the daemon, those of '' with the kernel's counters. */
  byNamespace(startedSeconds: number, daemonSeconds: number): NamespaceUsage[] {
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
    this.#places.reserve(1, shares);
    const account = { namespace, shares, figures: noFigures() };
    this.#byNamespace.set(key, account);
    return account;
  }
}

import type { Scrape } from './scrape.ts';

/** Takes the samples of one family. Labels are text, ready but for the braces. */
export interface Sink {
  sample(labels: string, reading: number, createdSeconds?: number): void;
  /** Counts a bucket of WAIT_BOUNDS_SECONDS, not cumulative. */
  histogram(labels: string, counts: readonly number[], sum: number, createdSeconds: number): void;
}

/** A metric family as data: what it is called, what it means and where its numbers come from. */
export interface Family {
  readonly name: string;
  readonly help: string;
  /** `info` is a gauge that is always 1 to Prometheus, a type of its own to OpenMetrics. */
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info';
  readonly labelNames: readonly string[];
  /** Left out where this says no. */
  readonly isShown?: (scrape: Scrape) => boolean;
  readonly write: (scrape: Scrape, sink: Sink) => void;
}

/** Families that the reader of the documentation wants to see together. */
export interface FamilyGroup {
  readonly title: string;
  readonly note: string;
  readonly families: readonly Family[];
}

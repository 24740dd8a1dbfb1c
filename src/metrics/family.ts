import type { Scrape } from './scrape.ts';

/** Receives the samples of one family. Label texts come without braces. */
export interface SampleSink {
  sample(labels: string, reading: number, createdSeconds?: number): void;
  /** `counts`: one per bucket of WAIT_BOUNDS_SECONDS, not cumulative. */
  histogram(labels: string, counts: readonly number[], sum: number, createdSeconds: number): void;
}

/** A metric family as data: name, meaning, and where its samples come from. */
export interface Family {
  readonly name: string;
  readonly help: string;
  /** `info` is a gauge of value 1 in the Prometheus format, and a type of its own in OpenMetrics. */
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info';
  readonly labelNames: readonly string[];
  /** The family is left out if this returns false. */
  readonly isShown?: (scrape: Scrape) => boolean;
  readonly write: (scrape: Scrape, sink: SampleSink) => void;
}

/** Families with a common section in docs/metrics.md. */
export interface FamilyGroup {
  readonly title: string;
  readonly note: string;
  readonly families: readonly Family[];
}

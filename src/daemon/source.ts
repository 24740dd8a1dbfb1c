import type { Attribution } from '../core/ledger/ledger.ts';
import type { Reading } from '../core/reading/reading.ts';
import type { NodeLookup } from '../core/self/node-lookup.ts';
import type { WatchStatus } from '../core/self/watch-status.ts';

/** The reading of one tick, and the workloads that its rows belong to. */
export interface SourceReading {
  readonly reading: Reading;
  readonly attribution: Attribution;
}

/** A source of readings: the kernel, or a tape. */
export interface Source extends AsyncDisposable {
  /** The observed cgroup or tape, for the log and the landing page. */
  readonly observed: string;
  readonly intervalMs: number;
  /** Watches of the Kubernetes API; empty without it. */
  readonly watches: readonly WatchStatus[];
  /** Whether the API knows this node's name; undefined without the API. */
  readonly node?: (() => NodeLookup) | undefined;
  read(signal: AbortSignal): Promise<SourceReading>;
  /** Call once the reading has become a snapshot. */
  acknowledge(signal: AbortSignal): Promise<void>;
}

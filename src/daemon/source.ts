import type { Attribution } from '../core/ledger/ledger.ts';
import type { Reading } from '../core/reading/reading.ts';
import type { NodeLookup } from '../core/self/node-lookup.ts';
import type { WatchStatus } from '../core/self/watch-status.ts';

/** One tick's look, and whose rows they are. */
export interface Look {
  readonly reading: Reading;
  readonly attribution: Attribution;
}

/** Where ticks come from: the kernel, or a tape. */
export interface Source extends AsyncDisposable {
  /** What is observed, for a log line or a page. */
  readonly observed: string;
  readonly intervalMs: number;
  /** Of the Kubernetes API; none where it is not asked. */
  readonly watches: readonly WatchStatus[];
  /** What the API says of this node's name; undefined where it is not asked. */
  readonly node?: (() => NodeLookup) | undefined;
  look(signal: AbortSignal): Promise<Look>;
  /** The look has become a snapshot. */
  acknowledge(signal: AbortSignal): Promise<void>;
}

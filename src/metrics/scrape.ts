import type { PairUsage } from '../core/flow/workload-pair.ts';
import type { ContainerUsage, PodUsage, Snapshot } from '../core/snapshot.ts';
import type { BilledApart, BookedUsage } from '../core/usage/usage.ts';

/** VIGIA_EGRESS: how it is shown what pods sent, and where to; for OpenCost, what they received too. */
export type EgressWord = 'off' | 'class' | 'opencost';

export interface EgressOptions {
  readonly egress: EgressWord;
  /** What can be told apart, for OpenCost to bill. */
  readonly billedApart: readonly BilledApart[];
}

/** A snapshot with what a scrape adds: label text, and who has room below VIGIA_MAX_SERIES. */
export interface Scrape extends EgressOptions {
  readonly snapshot: Snapshot;
  readonly pods: readonly PodSeries[];
  readonly ended: readonly EndedSeries[];
  readonly pairs: readonly PairSeries[];
  readonly hasContainerHistogram: boolean;
  readonly reservedSeries: number;
  readonly droppedSeries: number;
}

/** Layer 3, datagrams and DNS. */
export function hasPackets({ snapshot }: Scrape): boolean {
  return snapshot.hasPackets;
}

/** What stands in for them. */
export function hasNoPackets({ snapshot }: Scrape): boolean {
  return !snapshot.hasPackets;
}

export interface PodSeries {
  readonly usage: PodUsage;
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly infoLabels: string;
  /** One for each of its egress series; those of ingress have the same. */
  readonly egressLabels: readonly string[];
  readonly containers: readonly ContainerSeries[];
}

export interface ContainerSeries {
  readonly usage: ContainerUsage;
  readonly labels: string;
}

export interface EndedSeries {
  readonly usage: BookedUsage;
  readonly createdSeconds: number;
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly egressLabels: readonly string[];
}

export interface PairSeries {
  readonly usage: PairUsage;
  readonly labels: string;
}

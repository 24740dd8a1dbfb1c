import type { ContainerUsage, PodUsage, Snapshot } from '../core/snapshot.ts';
import type { Usage } from '../core/usage.ts';

/** A snapshot with what a scrape adds: label text, and who has room below VIGIA_MAX_SERIES. */
export interface Scrape {
  readonly snapshot: Snapshot;
  readonly pods: readonly PodSeries[];
  readonly ended: readonly EndedSeries[];
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
  readonly containers: readonly ContainerSeries[];
}

export interface ContainerSeries {
  readonly usage: ContainerUsage;
  readonly labels: string;
}

export interface EndedSeries {
  readonly usage: Usage;
  readonly createdSeconds: number;
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
}

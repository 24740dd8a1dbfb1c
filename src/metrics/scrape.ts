import type { PairUsage } from '../core/flow/workload-pair.ts';
import type { ContainerUsage, PodUsage } from '../core/ledger/node-usage.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { BilledApart, BookedUsage } from '../core/usage/usage.ts';

/** VIGIA_EGRESS: by class of peer, or with the labels of OpenCost, which adds ingress. */
export type EgressWord = 'off' | 'class' | 'opencost';

export interface EgressOptions {
  readonly egress: EgressWord;
  /** Traffic that can be billed separately by OpenCost. */
  readonly billedApart: readonly BilledApart[];
}

/** A snapshot with label texts, limited to what VIGIA_MAX_SERIES admits. */
export interface Scrape extends EgressOptions {
  readonly snapshot: Snapshot;
  readonly pods: readonly PodSeries[];
  readonly ended: readonly EndedSeries[];
  readonly pairs: readonly PairSeries[];
  readonly hasContainerHistogram: boolean;
  readonly reservedSeries: number;
  readonly droppedSeries: number;
}

/** Whether layer 3, UDP and DNS figures exist: VIGIA_PACKETS. */
export function hasPackets({ snapshot }: Scrape): boolean {
  return snapshot.hasPackets;
}

/** Whether TCP payload replaces them. */
export function hasNoPackets({ snapshot }: Scrape): boolean {
  return !snapshot.hasPackets;
}

export interface PodSeries {
  readonly usage: PodUsage;
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly infoLabels: string;
  /** One per egress series. Ingress series have the same labels. */
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

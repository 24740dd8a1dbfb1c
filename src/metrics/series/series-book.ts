import type { ContainerUsage, NamespaceUsage, PodUsage } from '../../core/ledger/node-usage.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { nameKey } from '../../core/text/safe-text.ts';
import { outcomeLabelsOf } from '../families/dns.ts';
import { classLabelsOf, podEgressLabels } from '../families/egress.ts';
import { PairLabels } from '../families/pairs.ts';
import { protocolLabelsOf } from '../families/traffic.ts';
import type { ContainerSeries, EgressOptions, EndedSeries, PodSeries, Scrape } from '../scrape.ts';
import { labelText } from '../text/label-text.ts';
import { SeriesAdmission } from './series-admission.ts';
import { type SeriesCosts, seriesCosts } from './series-costs.ts';
import {
  containerLabels,
  infoLabels,
  type PodSeriesLabels,
  SeriesLabels,
} from './series-labels.ts';

export interface SeriesOptions {
  readonly maxSeries: number;
  readonly waitHistogram: 'off' | 'container';
  readonly egress: EgressOptions['egress'];
  /** Empty by default. */
  readonly billedApart?: EgressOptions['billedApart'];
}

/**
 * Prepares snapshots for scrapes. The same snapshot gives the same scrape, however often it is asked for.
 * Series that may start later are reserved from the beginning.
 */
export class SeriesBook {
  readonly #admission: SeriesAdmission;
  readonly #hasContainerHistogram: boolean;
  readonly #egress: EgressOptions;
  readonly #costs: SeriesCosts;
  readonly #labels = new SeriesLabels();
  readonly #pairLabels = new PairLabels();
  #scrape: Scrape | undefined;

  constructor({ maxSeries, waitHistogram, egress, billedApart = [] }: SeriesOptions) {
    this.#admission = new SeriesAdmission(maxSeries);
    this.#hasContainerHistogram = waitHistogram === 'container';
    this.#egress = { egress, billedApart };
    const hasContainerHistogram = this.#hasContainerHistogram;
    this.#costs = seriesCosts({ ...this.#egress, hasContainerHistogram });
  }

  scrapeOf(snapshot: Snapshot): Scrape {
    if (this.#scrape?.snapshot === snapshot) return this.#scrape;
    const labels = snapshot.pods.map((pod) => this.#labels.of(pod));
    this.#labels.forgetOthers();
    this.#admission.begin(keysOf(snapshot, labels));
    const ended = snapshot.endedByNamespace.flatMap((usage) => this.#ended(usage) ?? []);
    const pods: PodSeries[] = [];
    for (const [i, pod] of snapshot.pods.entries()) {
      const series = this.#pod(pod, labels[i] ?? this.#labels.of(pod), snapshot.nodeName);
      if (series) pods.push(series);
    }
    this.#scrape = {
      snapshot,
      pods,
      ended,
      pairs: this.#pairLabels.seriesOf(snapshot.pairs),
      hasContainerHistogram: this.#hasContainerHistogram,
      ...this.#egress,
      reservedSeries: this.#admission.reserved,
      droppedSeries: this.#admission.dropped,
    };
    return this.#scrape;
  }

  #ended(ended: NamespaceUsage): EndedSeries | undefined {
    const labels = labelText({ namespace: ended.namespace });
    const egressLabels = this.#egress.egress === 'off' ? [] : classLabelsOf(labels);
    const { usage, createdSeconds, shares } = ended;
    const claim = { cost: this.#costs.namespace, shares };
    if (!this.#admission.admits(endedKey(ended), claim)) return undefined;
    return {
      usage,
      createdSeconds,
      labels,
      protocolLabels: protocolLabelsOf(labels),
      outcomeLabels: outcomeLabelsOf(labels),
      egressLabels,
    };
  }

  /** A pod is admitted with all its containers or not at all. A container that starts later may be left out. */
  #pod(pod: PodUsage, labels: PodSeriesLabels, nodeName: string): PodSeries | undefined {
    const shown = pod.containers.filter((container) => isShown(pod, container));
    const egressLabels = podEgressLabels(this.#egress, labels, pod);
    const own = pod.uid === '' ? this.#costs.podWithoutUid : this.#costs.pod;
    const { shares } = pod;
    const room = own + shown.length * this.#costs.container;
    if (!this.#admission.admits(labels.key, { cost: own, room, shares })) return undefined;
    const containers: ContainerSeries[] = [];
    for (const usage of shown) {
      const { key, labels: text } = containerLabels(labels, usage);
      if (this.#admission.admits(key, { cost: this.#costs.container, shares })) {
        containers.push({ usage, labels: text });
      }
    }
    return {
      usage: pod,
      labels: labels.labels,
      protocolLabels: labels.protocolLabels,
      outcomeLabels: labels.outcomeLabels,
      infoLabels: infoLabels(labels, pod, nodeName),
      egressLabels,
      containers,
    };
  }
}

/** The remainder of a pod is usually zero. A unit or a plain cgroup has nothing but its remainder. */
function isShown({ kind }: PodUsage, { container, cpu }: ContainerUsage): boolean {
  if (container !== '' || kind === 'unit' || kind === 'cgroup') return true;
  return cpu.oncpuNs > 0 || cpu.waitNs > 0 || cpu.preemptions > 0;
}

function* keysOf(snapshot: Snapshot, labels: readonly PodSeriesLabels[]): Iterable<string> {
  for (const ended of snapshot.endedByNamespace) yield endedKey(ended);
  for (const [i, pod] of labels.entries()) {
    yield pod.key;
    for (const container of snapshot.pods[i]?.containers ?? []) {
      yield containerLabels(pod, container).key;
    }
  }
}

function endedKey({ namespace }: NamespaceUsage): string {
  return nameKey('ended', namespace);
}

import type { PodUsage } from '../../core/ledger/node-usage.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { noFigures, usageOf } from '../../core/usage/figures.ts';
import type { BookedUsage } from '../../core/usage/usage.ts';
import { outcomeLabelsOf } from '../families/dns.ts';
import { classLabelsOf, podEgressLabels } from '../families/egress.ts';
import { familyGroups } from '../families/family-groups.ts';
import { protocolLabelsOf } from '../families/traffic.ts';
import type { SampleSink } from '../family.ts';
import type { ContainerSeries, EgressOptions, EndedSeries, PodSeries, Scrape } from '../scrape.ts';
import { HISTOGRAM_SERIES } from '../text/sample-text.ts';
import { SeriesLabels } from './series-labels.ts';

export interface CostOptions extends EgressOptions {
  readonly hasContainerHistogram: boolean;
}

/** Series that one of each can have at most. Those of mining, lost evidence and pairs are not limited. */
export interface SeriesCosts {
  /** A pod of Kubernetes, without its containers. */
  readonly pod: number;
  /** A pod outside Kubernetes, for which OpenCost has no series. */
  readonly podWithoutUid: number;
  readonly container: number;
  readonly namespace: number;
}

/** Every counter is above zero, so that every family writes all of its series. */
const USAGE: BookedUsage = { ...usageOf(noFigures().fill(1)), evidenceLost: 0 };

const SNAPSHOT: Snapshot = {
  wallMs: 0,
  monotonicNs: 0,
  nodeName: '',
  startedSeconds: 0,
  hasPackets: true,
  pods: [],
  unattributed: USAGE,
  node: USAGE,
  loopback: USAGE.network,
  endedByNamespace: [],
  pairs: undefined,
  findings: [],
  runs: [],
  lost: [],
  maps: [],
};

const NOTHING: Scrape = {
  snapshot: SNAPSHOT,
  pods: [],
  ended: [],
  pairs: [],
  egress: 'off',
  billedApart: [],
  hasContainerHistogram: false,
  reservedSeries: 0,
  droppedSeries: 0,
};

/** Counts what the families write for an example of each. */
export function seriesCosts(options: Partial<CostOptions> = {}): SeriesCosts {
  const nothing = { ...NOTHING, ...options };
  const costOf = (example: Partial<Scrape>) =>
    seriesIn({ ...nothing, ...example }) - seriesIn(nothing);
  const pod = costOf({ pods: [examplePod(nothing, 'uid')] });
  return {
    pod,
    podWithoutUid: costOf({ pods: [examplePod(nothing, '')] }),
    container: costOf({ pods: [examplePod(nothing, 'uid', [CONTAINER])] }) - pod,
    namespace: costOf({ ended: [exampleNamespace(nothing)] }),
  };
}

const LABELS = {
  labels: '',
  protocolLabels: protocolLabelsOf(''),
  outcomeLabels: outcomeLabelsOf(''),
};

const CONTAINER: ContainerSeries = {
  usage: { container: '', cpu: USAGE.cpu, throttledNs: 1, createdSeconds: 0 },
  labels: '',
};

function examplePod(
  options: EgressOptions,
  uid: string,
  containers: readonly ContainerSeries[] = [],
): PodSeries {
  const usage: PodUsage = {
    namespace: '',
    pod: '',
    uid,
    kind: 'kubernetes',
    shares: [],
    hostNetwork: undefined,
    ownerKind: '',
    ownerName: '',
    createdSeconds: 0,
    usage: USAGE,
    containers: [],
  };
  const egressLabels = podEgressLabels(options, new SeriesLabels().of(usage), usage);
  return { ...LABELS, usage, infoLabels: '', egressLabels, containers };
}

function exampleNamespace({ egress }: EgressOptions): EndedSeries {
  const egressLabels = egress === 'off' ? [] : classLabelsOf('');
  return { ...LABELS, usage: USAGE, createdSeconds: 0, egressLabels };
}

function seriesIn(scrape: Scrape): number {
  const count = new SeriesCount();
  for (const { families } of familyGroups)
    for (const family of families)
      if (family.isShown?.(scrape) !== false) family.write(scrape, count);
  return count.series;
}

class SeriesCount implements SampleSink {
  series = 0;

  sample(): void {
    this.series += 1;
  }

  histogram(): void {
    this.series += HISTOGRAM_SERIES;
  }
}

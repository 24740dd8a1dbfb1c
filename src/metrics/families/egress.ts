import type { PodUsage } from '../../core/ledger/node-usage.ts';
import {
  type BilledApart,
  BOOKED_CLASSES,
  type BookedUsage,
  EGRESS_CLASSES,
  type EgressClass,
} from '../../core/usage/usage.ts';
import type { Family, FamilyGroup, SampleSink } from '../family.ts';
import type { EgressOptions, Scrape } from '../scrape.ts';
import type { PodSeriesLabels } from '../series/series-labels.ts';
import { joinLabels, labelText } from '../text/label-text.ts';
import { bytesAt, tariffLabels } from './opencost.ts';

const APART: Readonly<Partial<Record<EgressClass, readonly BilledApart[]>>> = {
  cluster: ['otherRegion'],
  internet: ['nat'],
};

/** Label text for each of EGRESS_CLASSES. */
export function classLabelsOf(labels: string): string[] {
  return EGRESS_CLASSES.map((peers) => joinLabels(labels, labelText({ class: peers })));
}

/** Indexes in BOOKED_CLASSES for each of EGRESS_CLASSES: traffic that clouds bill separately stays in its class. */
const CLASS_INDEXES = EGRESS_CLASSES.map((peers) =>
  [peers, ...(APART[peers] ?? [])].map((one) => BOOKED_CLASSES.indexOf(one)),
);

/** Label texts of a pod's egress series, one per series. Ingress series have the same labels. */
export function podEgressLabels(
  { egress, billedApart }: EgressOptions,
  labels: PodSeriesLabels,
  pod: PodUsage,
): readonly string[] {
  if (egress === 'off') return [];
  if (labels.egress?.ofUid !== pod.uid) {
    const isByClass = egress === 'class';
    const texts = isByClass ? classLabelsOf(labels.labels) : tariffLabels(pod, billedApart);
    labels.egress = { ofUid: pod.uid, texts };
  }
  return labels.egress.texts;
}

const helpOf = (where: string): string =>
  `Payload bytes sent ${where}, by class of peer: node, zone (same zone), region (same region, other zone), cluster (zone unknown, or other region), private, internet, or unknown (peers without a row of their own in the flow table). Zones come from VIGIA_PEERS=cluster or from VIGIA_ZONE_NETWORKS and similar settings.`;

const byClass: Family = {
  name: 'vigia_pod_egress_bytes_total',
  help: `${helpOf('on sockets of the pod')} Only with VIGIA_EGRESS=class: ${EGRESS_CLASSES.length} series per pod.`,
  type: 'counter',
  labelNames: ['namespace', 'pod', 'class'],
  write: ({ pods, egress }, sink) => {
    if (egress !== 'class') return;
    for (const { usage, egressLabels } of pods) {
      writeClasses(sink, { ...usage, classLabels: egressLabels });
    }
  },
};

interface Total {
  readonly usage: BookedUsage;
  readonly createdSeconds: number;
  readonly classLabels: readonly string[];
}

const CLASS_LABELS = classLabelsOf('');

function total(
  named: Pick<Family, 'name' | 'help' | 'labelNames'>,
  totals: (scrape: Scrape) => readonly Total[],
): Family {
  return {
    ...named,
    type: 'counter',
    write: (scrape, sink) => {
      if (scrape.egress === 'off') return;
      for (const one of totals(scrape)) writeClasses(sink, one);
    },
  };
}

function writeClasses(sink: SampleSink, { usage, createdSeconds, classLabels }: Total): void {
  for (const [i, labels] of classLabels.entries()) {
    sink.sample(labels, bytesAt(usage.egress, CLASS_INDEXES[i] ?? []), createdSeconds);
  }
}

const node = total(
  {
    name: 'vigia_node_egress_bytes_total',
    help: helpOf('on sockets of the whole node (sum of pods, unattributed and ended)'),
    labelNames: ['class'],
  },
  ({ snapshot: { node: usage, startedSeconds: createdSeconds } }) => [
    { usage, createdSeconds, classLabels: CLASS_LABELS },
  ],
);

const unattributed = total(
  {
    name: 'vigia_unattributed_egress_bytes_total',
    help: helpOf('on sockets outside any pod (of the root cgroup, slices and unnamed cgroups)'),
    labelNames: ['class'],
  },
  ({ snapshot: { unattributed: usage, startedSeconds: createdSeconds } }) => [
    { usage, createdSeconds, classLabels: CLASS_LABELS },
  ],
);

const ended = total(
  {
    name: 'vigia_namespace_ended_egress_bytes_total',
    help: `${helpOf('on sockets of pods that ended and are no longer exported')} Namespace "" holds unnamed pods, and pods that ended while no daemon ran, whose bytes are in the class unknown.`,
    labelNames: ['namespace', 'class'],
  },
  (scrape) =>
    scrape.ended.map(({ usage, createdSeconds, egressLabels }) => ({
      usage,
      createdSeconds,
      classLabels: egressLabels,
    })),
);

export const egressFamilies: FamilyGroup = {
  title: 'Egress, by class of peer',
  note: 'Exported only if `VIGIA_EGRESS` is `class` or `opencost`. Both export the totals. These metrics count the payload of flows, each byte once and including loopback; the network counters count layer 3 bytes instead. For protocols other than TCP and UDP the whole packet counts. The class of a peer is set when the pod first exchanges data with it, and does not change afterwards. After a restart of the daemon, bytes sent to peers whose rows were evicted are in the class `unknown`.',
  families: [byClass, node, unattributed, ended],
};

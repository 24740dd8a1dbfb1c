import type { PodUsage } from '../../core/snapshot.ts';
import {
  type BilledApart,
  BOOKED_CLASSES,
  type BookedUsage,
  EGRESS_CLASSES,
  type EgressClass,
} from '../../core/usage/usage.ts';
import type { Family, FamilyGroup, Sink } from '../family.ts';
import type { EgressOptions, Scrape } from '../scrape.ts';
import type { PodLabels } from '../series/series-labels.ts';
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

/** Indexes in BOOKED_CLASSES, for each of EGRESS_CLASSES: what clouds bill apart is not told apart here. */
const CLASS_INDEXES = EGRESS_CLASSES.map((peers) =>
  [peers, ...(APART[peers] ?? [])].map((one) => BOOKED_CLASSES.indexOf(one)),
);

/** Label texts of a pod's egress series: as many as it has, each way. */
export function podEgressLabels(
  { egress, billedApart }: EgressOptions,
  labels: PodLabels,
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

const helpOf = (whose: string): string =>
  `Payload bytes sent on sockets ${whose}, by where the peer is: node, zone (the same), region (the same, another zone), cluster (no zone is known, or another region), private, internet, or unknown (peers that have no row of their own in the flow table). Zones are those of VIGIA_PEERS=cluster or VIGIA_ZONE_NETWORKS and the like.`;

const byClass: Family = {
  name: 'vigia_pod_egress_bytes_total',
  help: `${helpOf('of the pod')} Only with VIGIA_EGRESS=class: seven series a pod.`,
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

function writeClasses(sink: Sink, { usage, createdSeconds, classLabels }: Total): void {
  for (const [i, labels] of classLabels.entries()) {
    sink.sample(labels, bytesAt(usage.egress, CLASS_INDEXES[i] ?? []), createdSeconds);
  }
}

const node = total(
  {
    name: 'vigia_node_egress_bytes_total',
    help: helpOf('of the whole node (pods, unattributed and ended together)'),
    labelNames: ['class'],
  },
  ({ snapshot: { node: usage, startedSeconds: createdSeconds } }) => [
    { usage, createdSeconds, classLabels: CLASS_LABELS },
  ],
);

const unattributed = total(
  {
    name: 'vigia_unattributed_egress_bytes_total',
    help: helpOf('that no pod owns (of the root cgroup, slices, cgroups without a name)'),
    labelNames: ['class'],
  },
  ({ snapshot: { unattributed: usage, startedSeconds: createdSeconds } }) => [
    { usage, createdSeconds, classLabels: CLASS_LABELS },
  ],
);

const ended = total(
  {
    name: 'vigia_namespace_ended_egress_bytes_total',
    help: `${helpOf('of pods that ended and are shown no more')} Namespace "" has those that ended while no daemon ran, of the class unknown, and unnamed ones.`,
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
  title: 'Egress, by where the peer is',
  note: "Off unless `VIGIA_EGRESS` is `class` or `opencost`; the totals are there with both. Payload of flows, each byte once, loopback included: not the layer 3 bytes of the network counters. Of what is neither TCP nor UDP it is the whole packet. A peer's class is told when the pod first sends to it or receives from it, and kept. After a restart of the daemon what was sent to peers whose rows were evicted is `unknown`.",
  families: [byClass, node, unattributed, ended],
};

import type { PodUsage } from '../core/snapshot.ts';
import { type BookedUsage, EGRESS_CLASSES, type EgressClass } from '../core/usage.ts';
import type { Family, FamilyGroup, Sink } from './family.ts';
import { joinLabels, labelText } from './label-text.ts';
import type { EgressWord, Scrape } from './scrape.ts';
import type { PodLabels } from './series-labels.ts';

/** Label text for each of EGRESS_CLASSES. */
export function classLabelsOf(labels: string): string[] {
  return EGRESS_CLASSES.map((peers) => joinLabels(labels, labelText({ class: peers })));
}

interface Zone {
  readonly labels: Readonly<Record<'internet' | 'same_zone' | 'same_region', boolean>>;
  readonly indexes: readonly number[];
}

const indexesOf = (...classes: readonly EgressClass[]) =>
  classes.map((one) => EGRESS_CLASSES.indexOf(one));

/**
 * As OpenCost bills them: across zones, and to the internet. Where a peer's zone is not known it is
 * taken for the pod's own, as OpenCost's own network-costs does; so is another region of a cluster.
 */
const ZONES: readonly Zone[] = [
  {
    labels: { internet: false, same_zone: true, same_region: true },
    indexes: indexesOf('node', 'zone', 'cluster', 'private'),
  },
  {
    labels: { internet: false, same_zone: false, same_region: true },
    indexes: indexesOf('region'),
  },
  {
    labels: { internet: true, same_zone: false, same_region: false },
    indexes: indexesOf('internet'),
  },
];

/** Label text for each of ZONES. OpenCost asks for pods of Kubernetes alone: these have a uid. */
function zoneLabelsOf({ namespace, pod, uid }: PodUsage): string[] {
  if (uid === '') return [];
  const owner = { pod_name: pod, namespace, uid };
  return ZONES.map(({ labels: { internet, same_zone, same_region } }) =>
    labelText({
      ...owner,
      internet: String(internet),
      same_zone: String(same_zone),
      same_region: String(same_region),
    }),
  );
}

/** Label texts of a pod's egress series: as many as it has. */
export function podEgressLabels(
  word: EgressWord,
  labels: PodLabels,
  pod: PodUsage,
): readonly string[] {
  if (word === 'off') return [];
  if (labels.egress?.ofUid !== pod.uid) {
    const texts = word === 'class' ? classLabelsOf(labels.labels) : zoneLabelsOf(pod);
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

const byZone: Family = {
  name: 'kubecost_pod_network_egress_bytes_total',
  help: 'Payload bytes sent on sockets of the pod, as OpenCost asks for them: peers of the classes cluster and private count as in the same zone, for want of knowledge; those of the class unknown are in no series, as nobody is billed by a guess. Only with VIGIA_EGRESS=opencost: three series a pod of Kubernetes.',
  type: 'counter',
  labelNames: ['pod_name', 'namespace', 'uid', 'internet', 'same_zone', 'same_region'],
  write: ({ pods, egress }, sink) => {
    if (egress !== 'opencost') return;
    for (const { usage, egressLabels } of pods) {
      for (const [i, labels] of egressLabels.entries()) {
        const indexes = ZONES[i]?.indexes ?? [];
        const bytes = indexes.reduce((sum, at) => sum + (usage.usage.egress[at] ?? 0), 0);
        sink.sample(labels, bytes, usage.createdSeconds);
      }
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
    sink.sample(labels, usage.egress[i] ?? 0, createdSeconds);
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
  note: "Off unless `VIGIA_EGRESS` is `class` or `opencost`; the totals are there with both. Payload of flows, each byte once, loopback included: not the layer 3 bytes of the network counters. Of what is neither TCP nor UDP it is the whole packet. A peer's class is told when the pod first sends to it, and kept. After a restart of the daemon what was sent to peers whose rows were evicted is `unknown`. TCP from Linux 5.11 on.",
  families: [byClass, byZone, node, unattributed, ended],
};

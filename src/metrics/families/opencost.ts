import type { PodUsage } from '../../core/snapshot.ts';
import {
  type BilledApart,
  BOOKED_CLASSES,
  type BookedClass,
  type BookedUsage,
} from '../../core/usage/usage.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

/** What OpenCost has one price for. */
interface Tariff {
  readonly labels: Readonly<
    Record<'internet' | 'same_zone' | 'same_region' | 'nat_gateway', boolean>
  >;
  readonly indexes: readonly number[];
}

function tariff(labels: Partial<Tariff['labels']>, classes: readonly BookedClass[]): Tariff {
  return {
    labels: {
      internet: false,
      same_zone: false,
      same_region: false,
      nat_gateway: false,
      ...labels,
    },
    indexes: classes.map((one) => BOOKED_CLASSES.indexOf(one)),
  };
}

/**
 * As OpenCost bills them: across zones, across regions, to the internet, and there through a NAT gateway.
 * Where a peer's zone is not known it is taken for the pod's own, as OpenCost's own network-costs does.
 */
function tariffsOf(billedApart: readonly BilledApart[]): readonly Tariff[] {
  const hasRegions = billedApart.includes('otherRegion');
  const hasNat = billedApart.includes('nat');
  const near = ['node', 'zone', 'cluster', 'private'] as const;
  return [
    tariff({ same_zone: true, same_region: true }, hasRegions ? near : [...near, 'otherRegion']),
    tariff({ same_region: true }, ['region']),
    ...(hasRegions ? [tariff({}, ['otherRegion'])] : []),
    tariff({ internet: true }, hasNat ? ['internet'] : ['internet', 'nat']),
    ...(hasNat ? [tariff({ internet: true, nat_gateway: true }, ['nat'])] : []),
  ];
}

/** Series of one pod of Kubernetes, both ways. */
export function openCostSeries(billedApart: readonly BilledApart[]): number {
  return 2 * tariffsOf(billedApart).length;
}

/**
 * Label text for each tariff: the same both ways. OpenCost asks for pods of Kubernetes alone, which have
 * a uid. What it calls a service is one of the cloud, such as its object store, by networks that clouds
 * publish: of that nothing is known here.
 */
export function tariffLabels(
  { namespace, pod, uid }: PodUsage,
  billedApart: readonly BilledApart[],
): string[] {
  if (uid === '') return [];
  const owner = { pod_name: pod, namespace, uid };
  return tariffsOf(billedApart).map(({ labels }) =>
    labelText({
      ...owner,
      internet: String(labels.internet),
      same_zone: String(labels.same_zone),
      same_region: String(labels.same_region),
      nat_gateway: String(labels.nat_gateway),
      service: '',
    }),
  );
}

/** Sum over some of {@link BOOKED_CLASSES}. */
export function bytesAt(booked: readonly number[], indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + (booked[index] ?? 0), 0);
}

const NOTE =
  'as OpenCost asks for them: peers of the classes cluster and private count as in the same zone, for want of knowledge, but for those that VIGIA_PEERS=cluster knows to be in another region; those of the class unknown are in no series, as nobody is billed by a guess. nat_gateway is true for connections that an address in VIGIA_NAT_NETWORKS opened to the internet; service is empty. Only with VIGIA_EGRESS=opencost';

function byTariff(
  named: Pick<Family, 'name' | 'help'>,
  bookedOf: (usage: BookedUsage) => readonly number[],
): Family {
  return {
    ...named,
    type: 'counter',
    labelNames: [
      'pod_name',
      'namespace',
      'uid',
      'internet',
      'same_zone',
      'same_region',
      'nat_gateway',
      'service',
    ],
    write: ({ pods, egress, billedApart }, sink) => {
      if (egress !== 'opencost') return;
      const tariffs = tariffsOf(billedApart);
      for (const { usage, egressLabels } of pods) {
        const booked = bookedOf(usage.usage);
        for (const [i, labels] of egressLabels.entries()) {
          sink.sample(labels, bytesAt(booked, tariffs[i]?.indexes ?? []), usage.createdSeconds);
        }
      }
    },
  };
}

const egress = byTariff(
  {
    name: 'kubecost_pod_network_egress_bytes_total',
    help: `Payload bytes sent on sockets of the pod, ${NOTE}: three series a pod of Kubernetes, one more with VIGIA_PEERS=cluster, and one with VIGIA_NAT_NETWORKS.`,
  },
  ({ egress }) => egress,
);

const ingress = byTariff(
  {
    name: 'kubecost_pod_network_ingress_bytes_total',
    help: `Payload bytes received on sockets of the pod, ${NOTE}: as many series as of egress.`,
  },
  ({ ingress }) => ingress,
);

export const openCostFamilies: FamilyGroup = {
  title: 'Egress and ingress, for OpenCost',
  note: 'Off unless `VIGIA_EGRESS` is `opencost`. Names and labels are those that OpenCost queries, with Prometheus or with its own collector: [docs/opencost.md](opencost.md).',
  families: [egress, ingress],
};

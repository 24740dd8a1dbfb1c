import type { PodUsage } from '../../core/ledger/node-usage.ts';
import {
  type BilledApart,
  BOOKED_CLASSES,
  type BookedClass,
  type BookedUsage,
} from '../../core/usage/usage.ts';
import type { Family, FamilyGroup } from '../family.ts';
import { labelText } from '../text/label-text.ts';

/** Traffic that OpenCost bills at one price. */
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
 * OpenCost bills traffic across zones, across regions, to the internet, and through a NAT gateway.
 * A peer of unknown zone counts as in the pod's own zone, as in OpenCost's network-costs.
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

/**
 * Label text for each tariff, the same for egress and ingress. OpenCost queries Kubernetes pods only,
 * which have a uid. `service` is a cloud service, known by the networks that clouds publish; Vigia
 * does not read those.
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

/** Sums some of {@link BOOKED_CLASSES}. */
export function bytesAt(booked: readonly number[], indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + (booked[index] ?? 0), 0);
}

const NOTE =
  'with the labels that OpenCost queries. Peers of the classes cluster and private count as in the same zone, because their zone is unknown. Peers that VIGIA_PEERS=cluster places in another region are the exception. Peers of the class unknown are in no series, so that they are not billed. nat_gateway is true for connections that an address in VIGIA_NAT_NETWORKS opened to the internet. service is empty. Only with VIGIA_EGRESS=opencost';

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
    help: `Payload bytes sent on sockets of the pod, ${NOTE}: ${tariffsOf([]).length} series per Kubernetes pod, one more with VIGIA_PEERS=cluster, and one more with VIGIA_NAT_NETWORKS.`,
  },
  ({ egress }) => egress,
);

const ingress = byTariff(
  {
    name: 'kubecost_pod_network_ingress_bytes_total',
    help: `Payload bytes received on sockets of the pod, ${NOTE}: as many series as egress.`,
  },
  ({ ingress }) => ingress,
);

export const openCostFamilies: FamilyGroup = {
  title: 'Egress and ingress, for OpenCost',
  note: 'Exported only if `VIGIA_EGRESS` is `opencost`. Names and labels are those that OpenCost queries, from Prometheus or with its own collector: see [docs/opencost.md](opencost.md).',
  families: [egress, ingress],
};

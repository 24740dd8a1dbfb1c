import type { Pairs, PairUsage, WorkloadPair } from '../../core/flow/workload-pair.ts';
import type { Family, FamilyGroup } from '../family.ts';
import type { PairSeries, Scrape } from '../scrape.ts';
import { labelText } from '../text/label-text.ts';

const LABELS: Readonly<Record<string, keyof WorkloadPair>> = {
  namespace: 'namespace',
  workload: 'workload',
  peer_namespace: 'peerNamespace',
  peer_workload: 'peerWorkload',
  peer_class: 'peerClass',
};

/** Label text by pair, built at the pair's first scrape and kept as long as the pair. */
export class PairLabels {
  readonly #texts = new WeakMap<WorkloadPair, string>();

  seriesOf(pairs: Pairs | undefined): readonly PairSeries[] {
    return pairs?.all.map((usage) => ({ usage, labels: this.#of(usage.pair) })) ?? [];
  }

  #of(pair: WorkloadPair): string {
    const known = this.#texts.get(pair);
    if (known !== undefined) return known;
    const entries = Object.entries(LABELS).map(([label, key]) => [label, pair[key]]);
    const text = labelText(Object.fromEntries(entries));
    this.#texts.set(pair, text);
    return text;
  }
}

const isShown = ({ snapshot }: Scrape): boolean => snapshot.pairs !== undefined;

function ofPair(what: string, help: string, reading: (usage: PairUsage) => number): Family {
  return {
    name: `vigia_workload_${what}_total`,
    help: `${help} Only with VIGIA_PAIRS=workload. The series of a pair ends when no pod of one of its workloads is exported any longer, and restarts at zero if the pair returns.`,
    type: 'counter',
    labelNames: Object.keys(LABELS),
    isShown,
    write: ({ pairs }, sink) => {
      for (const { usage, labels } of pairs)
        sink.sample(labels, reading(usage), usage.createdSeconds);
    },
  };
}

const overflowed: Family = {
  name: 'vigia_pairs_overflowed_total',
  help: 'Workload pairs left out because VIGIA_MAX_PAIRS was reached, or because the namespace or workload on this node already has its share. Each counts once. Their traffic is in the pair with peer_class other. Pairs already exported are kept. Only with VIGIA_PAIRS=workload.',
  type: 'counter',
  labelNames: [],
  isShown,
  write: ({ snapshot: { pairs } }, sink) => sink.sample('', pairs?.overflowed ?? 0),
};

export const pairFamilies: FamilyGroup = {
  title: 'Workload pairs',
  note: 'Exported only if `VIGIA_PAIRS` is `workload`. `namespace` and `workload` name the side that opened the TCP connection or sent the first UDP datagram. `peer_namespace` and `peer_workload` name the other side. A workload is the owner of a pod, or the pod itself if it has no owner. Traffic between two pods of this node is counted once, on the side that opened it. A side that is not a pod of this node is named only if it is a pod and `VIGIA_PEERS=cluster` is set. For a connection through a Service the peer is the pod that was reached, if known; otherwise the peer has no name.\n\nAddresses never become labels. `peer_class` is the location of the side that is not on this node: `zone`, `region`, `cluster`, `private` or `internet`. It is `node` if both sides are pods of this node, or if that side is a pod that cannot be distinguished from another one. It is `unknown` for other protocols, and for peers without a row of their own in the flow table. Their direction is unknown too, so they count as opened by the pod.\n\nAt most `VIGIA_MAX_PAIRS` pairs are exported; `VIGIA_MAX_SERIES` does not limit them. Further pairs, and pairs beyond the share of a namespace or workload, are summed in one pair, `peer_class="other"`. A new flow is exported one tick late. The sum of all pairs may differ from the traffic of the pods or the node.',
  families: [
    ofPair(
      'connections',
      'TCP connections opened by the workload and established, by peer.',
      ({ connections }) => connections,
    ),
    ofPair(
      'transmit_bytes',
      'Payload bytes that the workload sent on connections it opened, by peer.',
      ({ sentBytes }) => sentBytes,
    ),
    ofPair(
      'receive_bytes',
      'Payload bytes that the workload received on connections it opened, by peer.',
      ({ receivedBytes }) => receivedBytes,
    ),
    overflowed,
  ],
};

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

/** Label text by pair, made at its first scrape and kept as long as it is shown. */
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
    help: `${help} Only with VIGIA_PAIRS=workload; a pair goes, and begins at zero should it come again, when the pods of one of its workloads are all shown no more.`,
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
  help: 'Pairs of workloads that were left out, once each: VIGIA_MAX_PAIRS was reached, or the namespace or workload on this node already has its share. Their traffic is in the pair of the peer_class other. Pairs already exported are kept. Only with VIGIA_PAIRS=workload.',
  type: 'counter',
  labelNames: [],
  isShown,
  write: ({ snapshot: { pairs } }, sink) => sink.sample('', pairs?.overflowed ?? 0),
};

export const pairFamilies: FamilyGroup = {
  title: 'Pairs of workloads',
  note: 'Off unless `VIGIA_PAIRS` is `workload`. TCP and UDP, by who opened the connection or sent the first datagram (`namespace`, `workload`) and with whom (`peer_…`): a workload is the owner of pods, else the pod. What is between two pods of this node is counted once, at the end that opened it. An end that is no pod of this node has a name only with `VIGIA_PEERS=cluster`, where it is a pod; what was dialled through a Service is the pod that was reached, where that is known, else has no name. No address is ever a label: `peer_class` is where that end is, whichever of the two it is (`zone`, `region`, `cluster`, `private`, `internet`; `node` where both are pods here, or where it is a pod that cannot be told from another). It is `unknown` for other protocols and for peers that have no row of their own in the flow table, whose direction is not known either: these count as opened by the pod. At most `VIGIA_MAX_PAIRS` pairs are shown, which `VIGIA_MAX_SERIES` does not bound; those that come later, or beyond the share of a namespace or workload, are one pair, `peer_class="other"`. A new flow is shown one reading late. Pairs need not add up to what pods or the node have moved.',
  families: [
    ofPair(
      'connections',
      'TCP connections established that the workload opened, by whom they are with.',
      ({ connections }) => connections,
    ),
    ofPair(
      'transmit_bytes',
      'Payload bytes that the workload sent in what it opened, by whom to.',
      ({ sentBytes }) => sentBytes,
    ),
    ofPair(
      'receive_bytes',
      'Payload bytes that the workload was sent in what it opened, by whom from.',
      ({ receivedBytes }) => receivedBytes,
    ),
    overflowed,
  ],
};

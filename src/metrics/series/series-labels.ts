import type { ContainerUsage, PodUsage } from '../../core/ledger/node-usage.ts';
import { nameKey } from '../../core/text/safe-text.ts';
import { outcomeLabelsOf } from '../families/dns.ts';
import { protocolLabelsOf } from '../families/traffic.ts';
import { joinLabels, labelText } from '../text/label-text.ts';

/** Keys and label text of one pod's series. Built once, at its first scrape, because escaping is expensive. */
export interface PodSeriesLabels {
  readonly key: string;
  readonly labels: string;
  readonly protocolLabels: readonly string[];
  readonly outcomeLabels: readonly string[];
  readonly byContainer: Map<string, ContainerLabels>;
  info: InfoLabels | undefined;
  egress: EgressLabels | undefined;
  /** The last round in which it was asked for. */
  round: number;
}

export interface ContainerLabels {
  readonly key: string;
  readonly labels: string;
}

export interface EgressLabels {
  readonly ofUid: string;
  readonly texts: readonly string[];
}

interface InfoLabels {
  readonly of: Pick<PodUsage, 'uid' | 'hostNetwork' | 'ownerKind' | 'ownerName'>;
  readonly labels: string;
}

/** Label text by namespace and pod, kept as long as the pod is in the snapshot. */
export class SeriesLabels {
  readonly #byNamespace = new Map<string, Map<string, PodSeriesLabels>>();
  #round = 1;

  of({ namespace, pod }: PodUsage): PodSeriesLabels {
    const byPod = this.#byNamespace.get(namespace) ?? new Map<string, PodSeriesLabels>();
    if (byPod.size === 0) this.#byNamespace.set(namespace, byPod);
    const labels = byPod.get(pod) ?? podLabels(namespace, pod);
    if (labels.round === 0) byPod.set(pod, labels);
    labels.round = this.#round;
    return labels;
  }

  /** Ends a round. Drops the pods that were not asked for in it. */
  forgetOthers(): void {
    for (const [namespace, byPod] of this.#byNamespace) {
      for (const [pod, { round }] of byPod) if (round !== this.#round) byPod.delete(pod);
      if (byPod.size === 0) this.#byNamespace.delete(namespace);
    }
    this.#round += 1;
  }
}

function podLabels(namespace: string, pod: string): PodSeriesLabels {
  const labels = labelText({ namespace, pod });
  return {
    key: nameKey('pod', namespace, pod),
    labels,
    protocolLabels: protocolLabelsOf(labels),
    outcomeLabels: outcomeLabelsOf(labels),
    byContainer: new Map(),
    info: undefined,
    egress: undefined,
    round: 0,
  };
}

export function containerLabels(
  { key, labels, byContainer }: PodSeriesLabels,
  { container }: ContainerUsage,
): ContainerLabels {
  const known = byContainer.get(container);
  if (known) return known;
  const made = {
    key: `${key}\0${nameKey(container)}`,
    labels: joinLabels(labels, labelText({ container })),
  };
  byContainer.set(container, made);
  return made;
}

export function infoLabels(labels: PodSeriesLabels, pod: PodUsage, nodeName: string): string {
  if (!labels.info || !isSameInfo(labels.info.of, pod)) {
    const { uid, hostNetwork, ownerKind, ownerName } = pod;
    const of = { uid, hostNetwork, ownerKind, ownerName };
    labels.info = { of, labels: infoText(pod, nodeName) };
  }
  return labels.info.labels;
}

function isSameInfo(one: InfoLabels['of'], other: InfoLabels['of']): boolean {
  return (
    one.uid === other.uid &&
    one.hostNetwork === other.hostNetwork &&
    one.ownerKind === other.ownerKind &&
    one.ownerName === other.ownerName
  );
}

function infoText(pod: PodUsage, nodeName: string): string {
  return labelText({
    namespace: pod.namespace,
    pod: pod.pod,
    uid: pod.uid,
    node: nodeName,
    host_network: pod.hostNetwork === undefined ? '' : String(pod.hostNetwork),
    owner_kind: pod.ownerKind,
    owner_name: pod.ownerName,
  });
}

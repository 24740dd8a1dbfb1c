/** Some of a pod's labels. The creator of the pod chooses them. */
export type PodLabels = ReadonlyMap<string, string>;

/** Data about a pod from the Kubernetes API. */
export interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly hostNetwork: boolean;
  /** The workload, e.g. `Deployment` rather than its ReplicaSet; empty for a pod without one. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** Only the labels that the settings request. */
  readonly labels?: PodLabels;
  /** Container name by full container id. */
  readonly containers: ReadonlyMap<string, string>;
}

/**
 * Names of pods by the uid in their cgroups. The same object as long as nothing changes. A named
 * pod keeps its name while its figures are exported.
 */
export interface PodNames {
  nameOf(podUid: string): PodName | undefined;
  /** Uid of a container's pod, by full container id. Such a pod has a name. */
  uidOf(containerId: string): string | undefined;
}

/** Without the API, a pod is shown by its uid, a container by its id. */
export const noNames: PodNames = { nameOf: () => undefined, uidOf: () => undefined };

/** The workload of a pod, or the pod itself. Static pods have only their node as owner. */
export function workloadOf({
  pod,
  ownerKind,
  ownerName,
}: Pick<PodName, 'pod' | 'ownerKind' | 'ownerName'>): string {
  return ownerName === '' || ownerKind === 'Node' ? pod : ownerName;
}

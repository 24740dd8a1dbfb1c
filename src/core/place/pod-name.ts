/** Some of a pod's labels. Whoever may make the pod chooses them. */
export type PodLabels = ReadonlyMap<string, string>;

/** What the Kubernetes API knows of a pod. */
export interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly hostNetwork: boolean;
  /** The workload, e.g. `Deployment` rather than its ReplicaSet; empty for a pod without one. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** Of those that the settings ask for. */
  readonly labels?: PodLabels;
  /** Container name by full container id. */
  readonly containers: ReadonlyMap<string, string>;
}

/**
 * Names of pods by the uid that their cgroups carry. The same object as long as nothing changed;
 * a pod that was named once keeps its name while its figures are shown.
 */
export interface PodNames {
  nameOf(podUid: string): PodName | undefined;
  /** Uid of the pod that a container is of, by its full id. Such a pod has a name. */
  uidOf(containerId: string): string | undefined;
}

/** Without the API a pod goes by its uid, a container by its id. */
export const noNames: PodNames = { nameOf: () => undefined, uidOf: () => undefined };

/** What a pod belongs to, or itself, as static pods do: all that they share is their node. */
export function workloadOf({
  pod,
  ownerKind,
  ownerName,
}: Pick<PodName, 'pod' | 'ownerKind' | 'ownerName'>): string {
  return ownerName === '' || ownerKind === 'Node' ? pod : ownerName;
}

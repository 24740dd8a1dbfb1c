/** What the Kubernetes API knows of a pod. */
export interface PodName {
  readonly namespace: string;
  readonly pod: string;
  readonly hostNetwork: boolean;
  /** The workload, e.g. `Deployment` rather than its ReplicaSet; empty for a pod without one. */
  readonly ownerKind: string;
  readonly ownerName: string;
  /** Container name by full container id. */
  readonly containers: ReadonlyMap<string, string>;
}

/**
 * Names of pods by the uid that their cgroups carry. The same object as long as nothing changed;
 * a pod that was named once keeps its name while its figures are shown.
 */
export interface PodNames {
  nameOf(podUid: string): PodName | undefined;
}

/** Without the API a pod goes by its uid, a container by its id. */
export const noNames: PodNames = { nameOf: () => undefined };

/** What a pod belongs to, or itself: static pods have their node in common, but do different things. */
export function workloadOf({
  pod,
  ownerKind,
  ownerName,
}: Pick<PodName, 'pod' | 'ownerKind' | 'ownerName'>): string {
  return ownerName === '' || ownerKind === 'Node' ? pod : ownerName;
}

import type { FlowEnd } from '../flow/flow.ts';
import { workloadOf } from '../place/pod-name.ts';
import type { PodUsage } from '../snapshot.ts';
import { nameKey } from '../text/safe-text.ts';

type Owned = Pick<PodUsage, 'namespace' | 'pod' | 'ownerKind' | 'ownerName'>;

/** Workloads of the exported pods: their owner, or the pod itself. */
export class Workloads {
  readonly #byPod = new Map<string, string>();
  readonly #shown = new Set<string>();

  constructor(pods: readonly Owned[]) {
    for (const { namespace, pod, ...owner } of pods) {
      const workload = workloadOf({ pod, ...owner });
      this.#byPod.set(nameKey(namespace, pod), workload);
      this.#shown.add(nameKey(namespace, workload));
    }
  }

  of({ namespace, pod }: Pick<FlowEnd, 'namespace' | 'pod'>): string {
    return this.#byPod.get(nameKey(namespace, pod)) ?? pod;
  }

  has(namespace: string, workload: string): boolean {
    return this.#shown.has(nameKey(namespace, workload));
  }
}

import type { FlowEnd } from '../flow.ts';
import { workloadOf } from '../names.ts';
import type { PodUsage } from '../snapshot.ts';

type Owned = Pick<PodUsage, 'namespace' | 'pod' | 'ownerKind' | 'ownerName'>;

/** What the pods that are shown belong to: their owner, or else themselves. */
export class Workloads {
  readonly #byPod = new Map<string, string>();
  readonly #shown = new Set<string>();

  constructor(pods: readonly Owned[]) {
    for (const { namespace, pod, ...owner } of pods) {
      const workload = workloadOf({ pod, ...owner });
      this.#byPod.set(keyOf(namespace, pod), workload);
      this.#shown.add(keyOf(namespace, workload));
    }
  }

  of({ namespace, pod }: Pick<FlowEnd, 'namespace' | 'pod'>): string {
    return this.#byPod.get(keyOf(namespace, pod)) ?? pod;
  }

  has(namespace: string, workload: string): boolean {
    return this.#shown.has(keyOf(namespace, workload));
  }
}

const keyOf = (namespace: string, name: string): string => `${namespace}\0${name}`;

import { workloadOf } from '../place/pod-name.ts';
import { nameKey } from '../text/safe-text.ts';
import type { PodUsage } from './node-usage.ts';

type Named = Pick<PodUsage, 'namespace' | 'pod'>;
type Owned = Pick<PodUsage, 'namespace' | 'pod' | 'ownerKind' | 'ownerName'>;

/** The exported pods by name, and their workloads: the owner of a pod, or the pod itself. */
export class ExportedPods<Pod extends Owned = PodUsage> {
  readonly #pods = new Map<string, Pod>();
  readonly #workloads = new Set<string>();

  constructor(pods: readonly Pod[]) {
    for (const pod of pods) {
      this.#pods.set(nameKey(pod.namespace, pod.pod), pod);
      this.#workloads.add(nameKey(pod.namespace, workloadOf(pod)));
    }
  }

  podOf({ namespace, pod }: Named): Pod | undefined {
    return this.#pods.get(nameKey(namespace, pod));
  }

  workloadOf(end: Named): string {
    const found = this.podOf(end);
    return found ? workloadOf(found) : end.pod;
  }

  hasWorkload(namespace: string, workload: string): boolean {
    return this.#workloads.has(nameKey(namespace, workload));
  }
}

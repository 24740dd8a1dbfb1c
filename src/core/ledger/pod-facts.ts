import type { FactsOf } from '../detect/case-book.ts';
import type { MayMine } from '../detect/may-mine.ts';
import { lazily } from '../lazily.ts';
import type { PodUsage } from '../snapshot.ts';
import type { Workloads } from './workloads.ts';

/** What is known of the pods that are shown. Nothing is made of them before somebody asks. */
export function factsOfPods(
  pods: readonly PodUsage[],
  workloads: () => Workloads,
  mayMine: MayMine,
): FactsOf {
  const kinds = lazily(() => new Map(pods.map((each) => [keyOf(each), each.kind] as const)));
  return ({ namespace, pod }) => {
    const kind = kinds().get(keyOf({ namespace, pod }));
    const workload = workloads().of({ namespace, pod });
    return kind && { kind, workload, mayMine: mayMine({ namespace, pod, workload }) };
  };
}

const keyOf = ({ namespace, pod }: Pick<PodUsage, 'namespace' | 'pod'>): string =>
  `${namespace}\0${pod}`;

import { lazily } from '../lazily.ts';
import type { FactsOf } from '../mining/verdict/case-book.ts';
import type { MayMine } from '../mining/verdict/may-mine.ts';
import type { PodUsage } from '../snapshot.ts';
import { nameKey } from '../text/safe-text.ts';
import type { Workloads } from './workloads.ts';

/** Facts about the exported pods. Created only on request. */
export function factsOfPods(
  pods: readonly PodUsage[],
  workloads: () => Workloads,
  mayMine: MayMine,
): FactsOf {
  const shown = lazily(() => new Map(pods.map((each) => [keyOf(each), each] as const)));
  return ({ namespace, pod }) => {
    const found = shown().get(keyOf({ namespace, pod }));
    if (!found) return undefined;
    const workload = workloads().of({ namespace, pod });
    const { kind, labels } = found;
    return { kind, workload, mayMine: mayMine({ namespace, pod, workload, labels }) };
  };
}

const keyOf = ({ namespace, pod }: Pick<PodUsage, 'namespace' | 'pod'>): string =>
  nameKey(namespace, pod);

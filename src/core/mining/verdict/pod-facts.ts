import type { FlowEnd } from '../../flow/flow.ts';
import type { AttributedTick } from '../../ledger/attributed-tick.ts';
import type { PlaceKind } from '../../place/place.ts';
import type { MayMine } from './may-mine.ts';

/** Facts about a pod that its finding contains. */
export interface PodFacts {
  readonly kind: PlaceKind;
  readonly workload: string;
  readonly mayMine: boolean;
}

/** Undefined for a pod that is no longer exported. */
export type FactsOf = (pod: Pick<FlowEnd, 'namespace' | 'pod'>) => PodFacts | undefined;

export function factsBy(
  { podOf, workloadOf }: Pick<AttributedTick, 'podOf' | 'workloadOf'>,
  mayMine: MayMine,
): FactsOf {
  return ({ namespace, pod }) => {
    const found = podOf({ namespace, pod });
    if (!found) return undefined;
    const { kind, labels } = found;
    const workload = workloadOf({ namespace, pod, container: '' });
    return { kind, workload, mayMine: mayMine({ namespace, pod, workload, labels }) };
  };
}

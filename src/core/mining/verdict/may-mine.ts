import type { PodLabels } from '../../place/pod-name.ts';

export interface NamedPod {
  readonly namespace: string;
  readonly pod: string;
  readonly workload: string;
  readonly labels?: PodLabels | undefined;
}

export type MayMine = (pod: NamedPod) => boolean;

/**
 * Matches entries of VIGIA_MAY_MINE: `NAMESPACE`, `NAMESPACE/NAME` (a workload or a pod), or `LABEL=VALUE`.
 * Nothing else suppresses a finding.
 */
export function mayMineOf(entries: readonly string[]): MayMine {
  const allowed = new Set(entries);
  const keys = mayMineLabels(entries);
  return ({ namespace, pod, workload, labels }) =>
    allowed.has(namespace) ||
    allowed.has(`${namespace}/${workload}`) ||
    allowed.has(`${namespace}/${pod}`) ||
    keys.some((key) => labels?.has(key) && allowed.has(`${key}=${labels.get(key)}`));
}

/** Label keys among the entries. Names in Kubernetes never contain an equals sign. */
export function mayMineLabels(entries: readonly string[]): string[] {
  const keys = entries.flatMap((entry) => /^([^=]+)=/.exec(entry)?.[1] ?? []);
  return [...new Set(keys)];
}

import type { PodLabels } from '../../place/pod-name.ts';

/** A pod by its names, and what else is known of it. */
export interface NamedPod {
  readonly namespace: string;
  readonly pod: string;
  readonly workload: string;
  readonly labels?: PodLabels | undefined;
}

export type MayMine = (pod: NamedPod) => boolean;

/**
 * Who may mine, by `NAMESPACE`, or by `NAMESPACE/NAME`, where the name is that of a workload or of a
 * pod, or by `LABEL=VALUE`. Nothing else silences a finding.
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

/** The keys of the labels among such entries: no name of Kubernetes has an equals sign. */
export function mayMineLabels(entries: readonly string[]): string[] {
  const keys = entries.flatMap((entry) => /^([^=]+)=/.exec(entry)?.[1] ?? []);
  return [...new Set(keys)];
}

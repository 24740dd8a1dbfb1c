/** A pod by its names. */
export interface NamedPod {
  readonly namespace: string;
  readonly pod: string;
  readonly workload: string;
}

export type MayMine = (pod: NamedPod) => boolean;

/**
 * Who may mine, by `NAMESPACE` or `NAMESPACE/NAME`, where the name is that of a workload or of a pod.
 * Nothing else silences a finding.
 */
export function mayMineOf(names: readonly string[]): MayMine {
  const allowed = new Set(names);
  return ({ namespace, pod, workload }) =>
    allowed.has(namespace) ||
    allowed.has(`${namespace}/${workload}`) ||
    allowed.has(`${namespace}/${pod}`);
}

import type { Flow } from './flow/flow.ts';
import type { Pairs } from './flow/workload-pair.ts';
import type { Finding } from './mining/verdict/finding.ts';
import type { PlaceKind } from './place/place.ts';
import type { PodLabels } from './place/pod-name.ts';
import type { Loss, MapFill, ProgramRuns } from './reading/reading.ts';
import type { Share } from './sharing/fair-share.ts';
import type { BookedUsage, CpuUsage, NetworkUsage } from './usage/usage.ts';

/**
 * What the node had used at one moment, by pod. Immutable. Counter by counter,
 * pods + unattributed + ended = node.
 */
export interface Snapshot {
  readonly wallMs: number;
  readonly monotonicNs: number;
  readonly nodeName: string;
  /** Unix time at which the kernel's counters began. */
  readonly startedSeconds: number;
  /** Without, network and DNS figures are zero; with, what TCP's payload adds up to is not told. */
  readonly hasPackets: boolean;
  readonly pods: readonly PodUsage[];
  /** What no pod owns: the root cgroup, slices, cgroups without a name, late events. */
  readonly unattributed: BookedUsage;
  readonly node: BookedUsage;
  /** Packets on loopback devices: in no other figure. */
  readonly loopback: NetworkUsage;
  /** What is shown no more: pods and containers that ended. Namespace '' has what ended unseen. */
  readonly endedByNamespace: readonly NamespaceUsage[];
  /** Undefined where nobody asked for them. */
  readonly pairs: Pairs | undefined;
  /** Made when first asked for, with the names that are known then: few ever ask. */
  readonly flows: () => readonly Flow[];
  /** What speaks for mining, and in which pods; the highest score first. */
  readonly findings: readonly Finding[];
  readonly runs: readonly ProgramRuns[];
  readonly lost: readonly Loss[];
  readonly maps: readonly MapFill[];
}

/** A pod, or what stands for one outside Kubernetes. Namespace and pod together are unique. */
export interface PodUsage {
  readonly namespace: string;
  readonly pod: string;
  /** The kubelet's pod uid; '' outside Kubernetes. */
  readonly uid: string;
  readonly kind: PlaceKind;
  /** Whose parts of what is bounded it uses up, from the outermost. */
  readonly shares: readonly Share[];
  /** Unknown without the Kubernetes API. */
  readonly hostNetwork: boolean | undefined;
  readonly ownerKind: string;
  readonly ownerName: string;
  /** Of those that the settings ask for. */
  readonly labels?: PodLabels | undefined;
  /** Unix time at which its counters began. */
  readonly createdSeconds: number;
  /** The CPU part is the sum of `containers`. */
  readonly usage: BookedUsage;
  readonly containers: readonly ContainerUsage[];
}

export interface ContainerUsage {
  /** '' for what sits in the pod's own cgroup. */
  readonly container: string;
  readonly cpu: CpuUsage;
  /** Held back by a CPU quota; undefined where the node does not tell. */
  readonly throttledNs: number | undefined;
  readonly createdSeconds: number;
}

export interface NamespaceUsage {
  readonly namespace: string;
  /** Those of the pod that came with it first. */
  readonly shares: readonly Share[];
  readonly usage: BookedUsage;
  readonly createdSeconds: number;
}

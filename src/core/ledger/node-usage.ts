import type { Pairs } from '../flow/workload-pair.ts';
import type { PlaceKind } from '../place/place.ts';
import type { PodLabels } from '../place/pod-name.ts';
import type { Share } from '../sharing/fair-share.ts';
import type { BookedUsage, CpuUsage, NetworkUsage } from '../usage/usage.ts';

/** Usage of the node by pod. For each counter, pods + unattributed + ended = node. */
export interface NodeUsage {
  /** Unix time at which the kernel's counters began. */
  readonly startedSeconds: number;
  readonly pods: readonly PodUsage[];
  /** Usage without a pod: the root cgroup, slices, cgroups without a name, late events. */
  readonly unattributed: BookedUsage;
  readonly node: BookedUsage;
  /** Packets on loopback devices. In no other figure. */
  readonly loopback: NetworkUsage;
  /** Pods and containers that have ended. Namespace '' has those that ended unseen. */
  readonly endedByNamespace: readonly NamespaceUsage[];
  /** Undefined unless enabled. */
  readonly pairs: Pairs | undefined;
}

/** A pod, or its equivalent outside Kubernetes. Namespace and pod together are unique. */
export interface PodUsage {
  readonly namespace: string;
  readonly pod: string;
  /** The pod's uid; '' outside Kubernetes. */
  readonly uid: string;
  readonly kind: PlaceKind;
  /** The shares it uses, from the outermost. */
  readonly shares: readonly Share[];
  /** Unknown without the Kubernetes API. */
  readonly hostNetwork: boolean | undefined;
  readonly ownerKind: string;
  readonly ownerName: string;
  /** Only the labels that the settings request. */
  readonly labels?: PodLabels | undefined;
  /** Unix time at which its counters began. */
  readonly createdSeconds: number;
  /** The CPU part is the sum of `containers`. */
  readonly usage: BookedUsage;
  readonly containers: readonly ContainerUsage[];
}

export interface ContainerUsage {
  /** '' for the pod's own cgroup. */
  readonly container: string;
  readonly cpu: CpuUsage;
  /** Time held back by a CPU quota; undefined if the node does not provide it. */
  readonly throttledNs: number | undefined;
  readonly createdSeconds: number;
}

export interface NamespaceUsage {
  readonly namespace: string;
  /** The shares of the pod that first had it. */
  readonly shares: readonly Share[];
  readonly usage: BookedUsage;
  readonly createdSeconds: number;
}

import type { QueriedName } from '../dns/answers.ts';
import type { FlowEnd } from '../flow/flow.ts';
import type { FlowContext } from '../flow/flow-list.ts';
import type { Share } from '../sharing/fair-share.ts';
import type { NodeUsage, PodUsage } from './node-usage.ts';

/** `pending`: the cgroup may still turn out to belong to a pod. */
export type Ownership = 'owned' | 'nobody' | 'pending' | 'gone';

/** Owners of cgroups. */
export interface CgroupOwners {
  /** Undefined if no pod owns the cgroup. */
  readonly ownerOf: (cgroupId: number) => FlowEnd | undefined;
  readonly ownershipOf: (cgroupId: number) => Ownership;
  /** The shares of limited resources that a cgroup uses. */
  readonly sharesOf: (cgroupId: number) => readonly Share[];
  /** The holder of the innermost of them. */
  readonly holderOf: (cgroupId: number) => string;
}

/** Result of attributing a reading: usage by pod, owners and names. Valid until the next reading. */
export interface AttributedTick extends CgroupOwners, FlowContext {
  readonly usage: NodeUsage;
  /** DNS names that cgroups resolved since the last tick. */
  readonly queriedNames: readonly QueriedName[];
  /** Undefined if no such pod is exported. */
  readonly podOf: (end: Pick<FlowEnd, 'namespace' | 'pod'>) => PodUsage | undefined;
}

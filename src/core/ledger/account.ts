import { type Place, podShares, type SharedPlace } from '../place/place.ts';
import type { PodName } from '../place/pod-name.ts';
import type { CgroupUsage } from '../reading/reading.ts';
import { addFigures, CPU_END, cpuOf, type Figures, noFigures, usageOf } from '../usage/figures.ts';
import type { ContainerUsage, PodUsage } from './node-usage.ts';

/** Unix time in seconds for a time on CLOCK_MONOTONIC. */
export type SecondsOf = (monotonicNs: number) => number;

/** The fields that identify a cgroup. */
export type Cgroup = Pick<CgroupUsage, 'cgroupId' | 'bornNs'>;

/**
 * Usage of one series of containers: the rows of its cgroup, of nested cgroups, and of predecessors
 * with the same name. Only grows, whatever happens to the rows.
 */
export class ContainerAccount {
  pod: PodAccount;
  label: string;
  readonly containerId: string;
  readonly figures: Figures = noFigures();
  rows = 0;
  /** The account that took over its figures, after both got the same name. */
  mergedInto: ContainerAccount | undefined;
  #bornNs = Number.POSITIVE_INFINITY;
  #createdSeconds: number | undefined;
  #throttledNs: number | undefined;
  #oldestCgroup = Number.POSITIVE_INFINITY;
  readonly #throttledByPath = new Map<string, { rows: number; lastNs: number }>();
  #usage: ContainerUsage | undefined;

  constructor(pod: PodAccount, label: string, containerId: string) {
    this.pod = pod;
    this.label = label;
    this.containerId = containerId;
  }

  /** Smallest id of its cgroups. The kernel assigns ids in ascending order. */
  get oldestCgroup(): number {
    return this.#oldestCgroup;
  }

  join(place: Place, { bornNs, cgroupId }: Cgroup): void {
    this.rows += 1;
    this.#bornNs = Math.min(this.#bornNs, bornNs);
    this.#oldestCgroup = Math.min(this.#oldestCgroup, cgroupId);
    const throttled = this.#throttledByPath.get(place.cgroupPath);
    if (throttled) throttled.rows += 1;
    else this.#throttledByPath.set(place.cgroupPath, { rows: 1, lastNs: 0 });
  }

  leave(cgroupPath: string): void {
    this.rows -= 1;
    const throttled = this.#throttledByPath.get(cgroupPath);
    if (!throttled) return;
    throttled.rows -= 1;
    if (throttled.rows === 0) this.#throttledByPath.delete(cgroupPath);
  }

  /** A new cgroup at the same path starts at zero, so its whole figure is new. */
  addThrottled(throttledNsOf: (cgroupPath: string) => number | undefined): void {
    for (const [path, throttled] of this.#throttledByPath) {
      const nowNs = throttledNsOf(path);
      if (nowNs === undefined) continue;
      const riseNs = nowNs < throttled.lastNs ? nowNs : nowNs - throttled.lastNs;
      throttled.lastNs = nowNs;
      if (riseNs > 0 || this.#throttledNs === undefined) this.touch();
      this.#throttledNs = (this.#throttledNs ?? 0) + riseNs;
    }
  }

  absorb(other: ContainerAccount): void {
    addFigures(other.figures, this.figures);
    this.rows += other.rows;
    this.#bornNs = Math.min(this.#bornNs, other.#bornNs);
    this.#oldestCgroup = Math.min(this.#oldestCgroup, other.#oldestCgroup);
    for (const [path, throttled] of other.#throttledByPath) {
      this.#throttledByPath.set(path, throttled);
    }
    if (other.#throttledNs !== undefined) {
      this.#throttledNs = (this.#throttledNs ?? 0) + other.#throttledNs;
    }
    other.mergedInto = this;
    this.touch();
  }

  /** Must be called whenever a figure of the snapshot has changed. */
  touch(): void {
    this.#usage = undefined;
    this.pod.touch();
  }

  usage(secondsOf: SecondsOf): ContainerUsage {
    // Computed once, so that a change of the wall clock does not move the creation time.
    this.#createdSeconds ??= secondsOf(this.#bornNs);
    this.#usage ??= {
      container: this.label,
      cpu: cpuOf(this.figures),
      throttledNs: this.#throttledNs,
      createdSeconds: this.#createdSeconds,
    };
    return this.#usage;
  }
}

/** Usage of one series of pods: its network figures, and its containers. */
export class PodAccount {
  kind: Place['kind'];
  /** From the place that it was opened for. */
  shares: SharedPlace['shares'];
  namespace: string;
  pod: string;
  uid: string;
  name: PodName | undefined;
  readonly figures: Figures = noFigures();
  /** By the common part of their labels. */
  readonly containers: Map<string, ContainerAccount> = new Map();
  #bornNs = Number.POSITIVE_INFINITY;
  #newestNs = 0;
  /**
   * Includes the CPU figures of its containers. Reused at each tick, because a new array would be
   * allocated off-heap.
   */
  readonly #sum: Figures = noFigures();
  #createdSeconds: number | undefined;
  #usage: PodUsage | undefined;

  constructor(place: SharedPlace, name: PodName | undefined) {
    this.kind = place.kind;
    this.shares = place.shares;
    this.namespace = name?.namespace ?? place.namespace;
    this.pod = name?.pod ?? place.pod;
    this.uid = place.podUid;
    this.name = name;
  }

  /** Of two pods with one name, the newer uid is shown. */
  join(uid: string, name: PodName | undefined, bornNs: number): void {
    this.#bornNs = Math.min(this.#bornNs, bornNs);
    if (bornNs < this.#newestNs) return;
    this.#newestNs = bornNs;
    if (uid === this.uid) return;
    this.uid = uid;
    this.name = name;
    this.touch();
  }

  /** A container outside the kubelet's root turned out to belong to a pod. */
  becomePod(uid: string, name: PodName | undefined): void {
    this.kind = 'kubernetes';
    this.shares = podShares(uid);
    this.uid = uid;
    this.name = name;
    this.touch();
  }

  absorb(other: PodAccount): void {
    addFigures(other.figures, this.figures, CPU_END);
    this.join(other.uid, other.name, other.#newestNs);
    this.#bornNs = Math.min(this.#bornNs, other.#bornNs);
    this.touch();
  }

  touch(): void {
    this.#usage = undefined;
  }

  usage(secondsOf: SecondsOf): PodUsage {
    this.#createdSeconds ??= secondsOf(this.#bornNs);
    this.#usage ??= this.#show(this.#createdSeconds, secondsOf);
    return this.#usage;
  }

  #show(createdSeconds: number, secondsOf: SecondsOf): PodUsage {
    const sum = this.#sum;
    sum.set(this.figures);
    const containers: ContainerUsage[] = [];
    for (const container of this.containers.values()) {
      addFigures(container.figures, sum, 0, CPU_END);
      containers.push(container.usage(secondsOf));
    }
    return {
      namespace: this.namespace,
      pod: this.pod,
      uid: this.uid,
      kind: this.kind,
      shares: this.shares,
      hostNetwork: this.name?.hostNetwork,
      ownerKind: this.name?.ownerKind ?? '',
      ownerName: this.name?.ownerName ?? '',
      labels: this.name?.labels,
      createdSeconds,
      usage: usageOf(sum),
      containers,
    };
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, type PlaceOf, placeOf as placeByPath } from '../core/place/place.ts';

export type ThrottledNsOf = (cgroupPath: string) => number | undefined;

/** Below this new waiting time, reading cpu.stat is not worthwhile. */
const WORTH_READING_NS = 1e6;
/** Files per tick. Cgroups that are skipped come first at the next tick. */
const READS_PER_TICK = 128;
/** Pause for containers without a quota, which seldom get one later: a minute by default. */
const TICKS_WITHOUT_QUOTA = 12;

/** Time that a cgroup's tasks have waited for a CPU since it was created. */
export interface Waiting {
  readonly cgroupId: number;
  readonly waitNs: number;
}

interface Group {
  /** Waiting time of the container's cgroup and its children since cpu.stat was read. */
  unreadNs: number;
  throttledNs: number | undefined;
  /** Tick of the next read, for a cgroup without a quota. */
  notBefore: number;
  seenAt: number;
}

interface Row {
  readonly place: Place | undefined;
  waitNs: number;
  seenAt: number;
}

/**
 * Time that CPU quotas throttled containers, from `cpu.stat` of their cgroups. Reads the file only for
 * cgroups that waited, because throttling is part of the waiting time that the kernel programs count.
 */
export class Throttling {
  readonly #mount: string;
  readonly #placeOf: PlaceOf;
  readonly #rows = new Map<number, Row>();
  readonly #groups = new Map<string, Group>();
  #tick = 0;

  /** @param mount mount point of the cgroup v2 hierarchy */
  constructor(mount: string, placeOf: PlaceOf = placeByPath) {
    this.#mount = mount;
    this.#placeOf = placeOf;
  }

  /** Call once per tick. The returned function takes the `cgroupPath` of a place. */
  async read(
    waiting: readonly Waiting[],
    pathOf: (cgroupId: number) => string | undefined,
    signal?: AbortSignal,
  ): Promise<ThrottledNsOf> {
    this.#tick += 1;
    for (const row of waiting) if (row.cgroupId !== 0) this.#note(row, pathOf);
    forgetUnseen(this.#rows, this.#tick);
    forgetUnseen(this.#groups, this.#tick);
    for (const [path, group] of this.#due()) {
      signal?.throwIfAborted();
      this.#readGroup(path, group);
    }
    return (cgroupPath) => this.#groups.get(cgroupPath)?.throttledNs;
  }

  #note({ cgroupId, waitNs }: Waiting, pathOf: (cgroupId: number) => string | undefined): void {
    const known = this.#rows.get(cgroupId) ?? this.#openRow(pathOf(cgroupId));
    if (!known) return;
    this.#rows.set(cgroupId, known);
    known.seenAt = this.#tick;
    if (!known.place || isPodRemainder(known.place)) return;
    const group = this.#groupOf(known.place.cgroupPath);
    group.seenAt = this.#tick;
    group.unreadNs += Math.max(0, waitNs - known.waitNs);
    known.waitNs = Math.max(known.waitNs, waitNs);
  }

  /** A row without a path is tried again at the next tick. */
  #openRow(path: string | undefined): Row | undefined {
    return path === undefined ? undefined : { place: this.#placeOf(path), waitNs: 0, seenAt: 0 };
  }

  #groupOf(cgroupPath: string): Group {
    const known = this.#groups.get(cgroupPath);
    if (known) return known;
    const group = { unreadNs: 0, throttledNs: undefined, notBefore: 0, seenAt: 0 };
    this.#groups.set(cgroupPath, group);
    return group;
  }

  /** Longest waiting time first. */
  #due(): [string, Group][] {
    const due = [...this.#groups].filter(
      ([, { unreadNs, notBefore }]) => unreadNs >= WORTH_READING_NS && this.#tick >= notBefore,
    );
    if (due.length <= READS_PER_TICK) return due;
    return due.sort(([, a], [, b]) => b.unreadNs - a.unreadNs).slice(0, READS_PER_TICK);
  }

  /** NOTE: synchronous, because an asynchronous read takes ten times as long for data in memory. */
  #readGroup(cgroupPath: string, group: Group): void {
    group.unreadNs = 0;
    try {
      const cpuStat = readFileSync(join(this.#mount, cgroupPath, 'cpu.stat'), 'utf8');
      group.throttledNs = throttledNsIn(cpuStat) ?? group.throttledNs;
      if (!hasQuota(cpuStat)) group.notBefore = this.#tick + TICKS_WITHOUT_QUOTA;
    } catch {
      // The cgroup is gone, or its CPU controller is in cgroup v1. Keep the last value.
    }
  }
}

/** `throttled_usec` of a cpu.stat; undefined for a cgroup without a CPU controller. */
export function throttledNsIn(cpuStat: string): number | undefined {
  const microseconds = /^throttled_usec (\d+)$/m.exec(cpuStat)?.[1];
  return microseconds === undefined ? undefined : Number(microseconds) * 1e3;
}

/** The v2 CPU controller counts periods only while there is a quota. */
function hasQuota(cpuStat: string): boolean {
  return /^nr_periods [1-9]/m.test(cpuStat);
}

/** A pod's quota is the sum of its containers' quotas, so throttling would be counted twice. */
function isPodRemainder(place: Place): boolean {
  return place.container === '' && (place.kind === 'kubernetes' || place.kind === 'container');
}

function forgetUnseen<Key>(entries: Map<Key, { seenAt: number }>, tick: number): void {
  for (const [key, { seenAt }] of entries) if (seenAt !== tick) entries.delete(key);
}

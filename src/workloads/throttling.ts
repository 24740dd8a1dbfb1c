import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, type PlaceOf, placeOf as placeByPath } from '../core/place/place.ts';

export type ThrottledNsOf = (cgroupPath: string) => number | undefined;

/** A cgroup that waited less since it was last read was not throttled worth reading. */
const WORTH_READING_NS = 1e6;
/** Files a tick; who is left out comes first at the next. */
const READS_PER_TICK = 128;
/** Most containers have no quota, and one is seldom given later: a minute at the usual interval. */
const TICKS_WITHOUT_QUOTA = 12;

/** How long a cgroup's tasks have waited for a CPU since its birth. */
export interface Waiting {
  readonly cgroupId: number;
  readonly waitNs: number;
}

interface Group {
  /** Waiting of the container's cgroup and those below, since cpu.stat was read. */
  unreadNs: number;
  throttledNs: number | undefined;
  /** Tick before which it is not read: it had no quota. */
  notBefore: number;
  seenAt: number;
}

interface Row {
  readonly place: Place | undefined;
  waitNs: number;
  seenAt: number;
}

/**
 * How long CPU quotas held containers back, from `cpu.stat` of their own cgroups. The file is
 * read only for those that waited: throttling is part of the waiting that the kernel side counts.
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

  /** To be called once a tick; the function answers by the `cgroupPath` of a place. */
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

  /** A row without a path gets one more chance at the next tick. */
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

  /** Those that waited longest come first. */
  #due(): [string, Group][] {
    const due = [...this.#groups].filter(
      ([, { unreadNs, notBefore }]) => unreadNs >= WORTH_READING_NS && this.#tick >= notBefore,
    );
    if (due.length <= READS_PER_TICK) return due;
    return due.sort(([, a], [, b]) => b.unreadNs - a.unreadNs).slice(0, READS_PER_TICK);
  }

  /** NOTE: not asynchronous, which takes ten times as long for what the kernel has in memory. */
  #readGroup(cgroupPath: string, group: Group): void {
    group.unreadNs = 0;
    try {
      const cpuStat = readFileSync(join(this.#mount, cgroupPath, 'cpu.stat'), 'utf8');
      group.throttledNs = throttledNsIn(cpuStat) ?? group.throttledNs;
      if (!hasQuota(cpuStat)) group.notBefore = this.#tick + TICKS_WITHOUT_QUOTA;
    } catch {
      // It ended, or its controllers are version 1's: what is known stays.
    }
  }
}

/** `throttled_usec` of a cpu.stat; undefined where the cgroup has no CPU controller. */
export function throttledNsIn(cpuStat: string): number | undefined {
  const microseconds = /^throttled_usec (\d+)$/m.exec(cpuStat)?.[1];
  return microseconds === undefined ? undefined : Number(microseconds) * 1e3;
}

/** Periods are counted while there is a quota, and only by a CPU controller of version 2. */
function hasQuota(cpuStat: string): boolean {
  return /^nr_periods [1-9]/m.test(cpuStat);
}

/** A pod's own quota is the sum of its containers': their throttling would be told twice. */
function isPodRemainder(place: Place): boolean {
  return place.container === '' && (place.kind === 'kubernetes' || place.kind === 'container');
}

function forgetUnseen<Key>(entries: Map<Key, { seenAt: number }>, tick: number): void {
  for (const [key, { seenAt }] of entries) if (seenAt !== tick) entries.delete(key);
}

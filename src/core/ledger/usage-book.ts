import type { FlowEnd } from '../flow/flow.ts';
import { type PlaceOf, placeOf as placeByPath, type SharedPlace } from '../place/place.ts';
import type { PodNames } from '../place/pod-name.ts';
import { type CgroupUsage, RESERVED_SLOTS } from '../reading/reading.ts';
import { MISSES_FORGIVEN } from '../reading/rows.ts';
import type { Share } from '../sharing/fair-share.ts';
import {
  addBooked,
  addFigures,
  addPayload,
  type BookedBytes,
  CPU_END,
  FIGURES_END,
  type Figures,
  noFigures,
  type Payload,
  raiseFigures,
  writeFigures,
} from '../usage/figures.ts';
import type { Usage } from '../usage/usage.ts';
import type { ContainerAccount } from './account.ts';
import type { Ownership } from './attributed-tick.ts';
import { EndedUsage, NAMELESS } from './ended-usage.ts';
import type { PayloadAccounts } from './payload-book.ts';
import { PodBook } from './pod-book.ts';

const NONE_OPEN: ReadonlyMap<number, Payload> = new Map();

interface Row {
  readonly last: Figures;
  account: ContainerAccount | undefined;
  place: SharedPlace | undefined;
  isPlaced: boolean;
  isDead: boolean;
  seenAt: number;
}

export interface RowNaming {
  readonly pathOf: (cgroupId: number) => string | undefined;
  readonly placeOf?: PlaceOf | undefined;
  readonly names: PodNames;
}

/**
 * Books the usage table since load. Each increase of a row is booked once, and stays. Therefore no
 * account decreases when a row is reaped, and all accounts together equal the kernel's counts. Usage
 * before a row has a name stays unattributed.
 */
export class UsageBook implements PayloadAccounts {
  readonly pods: PodBook = new PodBook();
  readonly ended: EndedUsage = new EndedUsage();
  readonly node: Figures = noFigures();
  readonly unattributed: Figures = noFigures();
  readonly loopback: Figures = noFigures();
  readonly #rows = new Map<number, Row>();
  readonly #rest = noFigures();
  /** The part of the retired row from rows seen to end. It is already booked. */
  readonly #explained = noFigures();
  readonly #unexplained = noFigures();
  readonly #now = noFigures();
  readonly #rise = noFigures();
  #tick = 0;

  /** `open` contains payload of a cgroup's open connections, in addition to its row. */
  book(
    rows: Iterable<CgroupUsage>,
    naming: RowNaming,
    open: ReadonlyMap<number, Payload> = NONE_OPEN,
  ): void {
    this.#tick += 1;
    this.pods.rename(naming.names);
    let retired: Usage | undefined;
    const waiting: CgroupUsage[] = [];
    for (const usage of rows) {
      if (usage.slot === RESERVED_SLOTS.retired) retired = usage;
      else if (usage.slot === RESERVED_SLOTS.rest) this.#bookRise(usage, this.#rest, undefined);
      else if (usage.slot === RESERVED_SLOTS.loopback) this.#countLoopback(usage);
      else if (usage.cgroupId !== 0 && !this.#isPlaced(usage, naming)) waiting.push(usage);
      else if (usage.cgroupId !== 0) this.#bookRow(usage, open.get(usage.cgroupId));
    }
    // A later row may have provided their owner.
    for (const usage of waiting) {
      this.#isPlaced(usage, naming);
      this.#bookRow(usage, open.get(usage.cgroupId));
    }
    for (const [cgroupId, row] of this.#rows) {
      if (this.#isGone(row)) this.#forget(cgroupId, row);
    }
    if (retired) this.#bookRetired(retired);
  }

  /** The name that the rows of a cgroup are shown under; undefined if it belongs to no pod. */
  ownerOf(cgroupId: number): FlowEnd | undefined {
    const account = this.#rows.get(cgroupId)?.account;
    if (!account) return undefined;
    const { namespace, pod } = account.pod;
    return { namespace, pod, container: account.label };
  }

  /** A row with an unknown path may still belong to a pod. */
  ownershipOf(cgroupId: number): Ownership {
    const row = this.#rows.get(cgroupId);
    if (!row) return 'gone';
    if (row.account) return 'owned';
    return row.isPlaced ? 'nobody' : 'pending';
  }

  /** The shares that a cgroup uses. */
  sharesOf(cgroupId: number): readonly Share[] {
    return this.#rows.get(cgroupId)?.account?.pod.shares ?? [];
  }

  /** The innermost share. Creating many cgroups does not increase it. */
  holderOf(cgroupId: number): string {
    return this.sharesOf(cgroupId).at(-1)?.of ?? '';
  }

  bookPayload(cgroupId: number, booked: BookedBytes): void {
    addBooked(booked, this.node);
    let account = this.#rows.get(cgroupId)?.account;
    while (account?.mergedInto) account = account.mergedInto;
    addBooked(booked, account?.pod.figures ?? this.unattributed);
    account?.pod.touch();
  }

  bookEndedPayload(booked: BookedBytes): void {
    addBooked(booked, this.node);
    this.ended.addBooked(booked);
  }

  #isPlaced(usage: CgroupUsage, naming: RowNaming): boolean {
    const row = this.#rowOf(usage.cgroupId);
    if (!row.isPlaced) this.#place(row, usage, naming);
    return row.isPlaced;
  }

  #bookRow(usage: CgroupUsage, open: Payload | undefined): void {
    const row = this.#rowOf(usage.cgroupId);
    row.seenAt = this.#tick;
    row.isDead = usage.diedNs !== 0;
    while (row.account?.mergedInto) row.account = row.account.mergedInto;
    this.#bookRise(usage, row.last, row.account, open);
  }

  #rowOf(cgroupId: number): Row {
    const known = this.#rows.get(cgroupId);
    if (known) return known;
    const row = {
      last: noFigures(),
      account: undefined,
      place: undefined,
      isPlaced: false,
      isDead: false,
      seenAt: 0,
    };
    this.#rows.set(cgroupId, row);
    return row;
  }

  #place(row: Row, usage: CgroupUsage, { pathOf, placeOf = placeByPath, names }: RowNaming): void {
    const path = pathOf(usage.cgroupId);
    if (path === undefined) return;
    row.place ??= placeOf(path);
    if (row.place) row.account = this.pods.join(row.place, usage, names);
    row.isPlaced = row.account !== undefined || row.place === undefined;
  }

  #bookRise(
    usage: Usage,
    last: Figures,
    account: ContainerAccount | undefined,
    open?: Payload,
  ): void {
    writeFigures(usage, this.#now);
    if (open) addPayload(open, this.#now);
    if (!raiseFigures(this.#now, last, this.#rise)) return;
    addFigures(this.#rise, this.node);
    if (!account) {
      addFigures(this.#rise, this.unattributed);
      return;
    }
    addFigures(this.#rise, account.figures, 0, CPU_END);
    addFigures(this.#rise, account.pod.figures, CPU_END);
    account.touch();
  }

  #countLoopback(usage: Usage): void {
    writeFigures(usage, this.#now);
    raiseFigures(this.#now, this.loopback, this.#rise);
  }

  #isGone(row: Row): boolean {
    const misses = this.#tick - row.seenAt;
    return misses > 0 && (row.isDead || misses > MISSES_FORGIVEN);
  }

  #forget(cgroupId: number, row: Row): void {
    this.#rows.delete(cgroupId);
    addFigures(row.last, this.#explained);
    while (row.account?.mergedInto) row.account = row.account.mergedInto;
    const { account, place } = row;
    if (!account || !place) return;
    account.leave(place.cgroupPath);
    this.pods.leave(place);
    if (account.rows > 0) return;
    const { pod } = account;
    this.ended.add(pod, account.figures, 0, CPU_END);
    if (this.pods.close(account).isPodClosed) {
      this.ended.add(pod, pod.figures, CPU_END, FIGURES_END);
    }
  }

  #bookRetired(retired: Usage): void {
    writeFigures(retired, this.#now);
    for (let i = 0; i < FIGURES_END; i++) {
      this.#now[i] = (this.#now[i] ?? 0) - (this.#explained[i] ?? 0);
    }
    raiseFigures(this.#now, this.#unexplained, this.#rise);
    addFigures(this.#rise, this.node);
    this.ended.add(NAMELESS, this.#rise, 0, FIGURES_END);
  }
}

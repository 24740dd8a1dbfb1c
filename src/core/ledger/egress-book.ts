import { addressText } from '../address.ts';
import type { FlowRecord, OpenConnection } from '../flow-reading.ts';
import { lazily } from '../lazily.ts';
import { type ClassOf, PEER_CLASSES } from '../peer-class.ts';
import { RESERVED_SLOTS, type Reading } from '../reading.ts';
import { EGRESS_CLASSES } from '../usage.ts';

/** Where a book puts what it found. Classes are told by their index in {@link EGRESS_CLASSES}. */
export interface EgressAccounts {
  /** Of the pod that owns the cgroup, or of nobody. */
  bookEgress(cgroupId: number, bytes: number, classIndex: number): void;
  /** Of cgroups that are gone, when it was not seen whose it was. */
  bookEndedEgress(bytes: number): void;
}

export const UNKNOWN: number = EGRESS_CLASSES.indexOf('unknown');
const NODE = PEER_CLASSES.indexOf('node');

/** As in the table of usage: a row may be missing that often and be the same when it is back. */
const MISSES_FORGIVEN = 3;

interface Owner {
  /** 0 for what found no slot: nobody's. */
  readonly cgroupId: number;
  /** By all its rows and open connections, in this reading. */
  sentBytes: number;
  bookedBytes: number;
  seenAt: number;
}

interface Row {
  readonly owner: Owner;
  readonly bornNs: number;
  readonly peer: string;
  readonly local: string;
  /** Where it really went; '' where that is the peer. */
  reached: string;
  sentBytes: number;
  bookedBytes: number;
  /** Told when there is something to book, and kept. */
  classIndex: number | undefined;
  seenAt: number;
}

/**
 * Books what sockets sent, once each, by where the peer is. How much is told by the sum over a
 * cgroup: when the kernel evicts a row, or a connection counts elsewhere, it stays as it was. Where
 * to is told by the rows that rose; what none of them explains went to peers without one. The same
 * holds for the node and its cgroups: what remains is of those that ended unseen.
 */
export class EgressBook {
  /** By slot. */
  readonly #rows = new Map<number, Row>();
  readonly #owners = new Map<number, Owner>();
  /** In this reading, and of no owner. */
  #ownerlessBytes = 0;
  #bookedBytes = 0;
  #tick = 0;

  /** What was born since the reading began waits for the next: its cgroup may be missing here. */
  take(
    { flows, connections, monotonicNs }: Pick<Reading, 'flows' | 'connections' | 'monotonicNs'>,
    classOf: ClassOf,
    accounts: EgressAccounts,
  ): void {
    this.#begin();
    for (const record of flows) if (record.bornNs < monotonicNs) this.#takeRecord(record);
    for (const connection of connections) {
      if (connection.flowBornNs < monotonicNs) this.#takeConnection(connection);
    }
    this.#bookRows(classOf, accounts);
    this.#bookRest(accounts);
    this.#forget();
  }

  #begin(): void {
    this.#tick += 1;
    this.#ownerlessBytes = 0;
    for (const owner of this.#owners.values()) owner.sentBytes = 0;
  }

  #takeRecord(record: FlowRecord): void {
    const { key, slot, counts } = record;
    const { bytes } = counts.figures.sent;
    if (slot === RESERVED_SLOTS.retired) {
      this.#ownerlessBytes += bytes;
      return;
    }
    const row = key.protocol === 0 ? undefined : this.#rowOf(record);
    const owner = row?.owner ?? this.#ownerOf(key.cgroupId);
    owner.sentBytes += bytes;
    owner.seenAt = this.#tick;
    if (!row) return;
    row.sentBytes = bytes;
    row.seenAt = this.#tick;
    if (row.classIndex === undefined) row.reached = addressText(record.reached);
  }

  #takeConnection({ cgroupId, flowSlot, flowBornNs, figures }: OpenConnection): void {
    const { bytes } = figures.sent;
    const found = this.#rows.get(flowSlot);
    const isThere = found?.bornNs === flowBornNs && found.seenAt === this.#tick;
    const row = isThere ? found : undefined;
    if (row) row.sentBytes += bytes;
    const owner = row?.owner ?? this.#owners.get(cgroupId);
    if (owner) owner.sentBytes += bytes;
    else this.#ownerlessBytes += bytes;
  }

  #bookRows(classOf: ClassOf, accounts: EgressAccounts): void {
    const locals = lazily(() => new Set(Array.from(this.#rows.values(), ({ local }) => local)));
    for (const row of this.#rows.values()) {
      const { owner } = row;
      // A sum that dipped, as when a connection ends between two tables, has no room for all yet.
      const room = owner.sentBytes - owner.bookedBytes;
      const bytes = Math.min(row.sentBytes - row.bookedBytes, room);
      if (bytes <= 0) continue;
      row.classIndex ??= classIndexOf(row.reached || row.peer, locals, classOf);
      row.bookedBytes += bytes;
      this.#book(owner, bytes, row.classIndex, accounts);
    }
  }

  #bookRest(accounts: EgressAccounts): void {
    let sentBytes = this.#ownerlessBytes;
    for (const owner of this.#owners.values()) {
      sentBytes += owner.sentBytes;
      const bytes = owner.sentBytes - owner.bookedBytes;
      if (bytes > 0) this.#book(owner, bytes, UNKNOWN, accounts);
    }
    const endedBytes = sentBytes - this.#bookedBytes;
    if (endedBytes <= 0) return;
    this.#bookedBytes += endedBytes;
    accounts.bookEndedEgress(endedBytes);
  }

  #book(owner: Owner, bytes: number, classIndex: number, accounts: EgressAccounts): void {
    owner.bookedBytes += bytes;
    this.#bookedBytes += bytes;
    accounts.bookEgress(owner.cgroupId, bytes, classIndex);
  }

  /** What was booked of them stays so: it is in the sum over the node. */
  #forget(): void {
    const isGone = ({ seenAt }: Row | Owner) => this.#tick - seenAt > MISSES_FORGIVEN;
    for (const [slot, row] of this.#rows) if (isGone(row)) this.#rows.delete(slot);
    for (const [id, owner] of this.#owners) if (isGone(owner)) this.#owners.delete(id);
  }

  #rowOf({ key, slot, bornNs, local }: FlowRecord): Row {
    const known = this.#rows.get(slot);
    if (known?.bornNs === bornNs) return known;
    // Texts: the octets are views, which would keep the whole table.
    const row: Row = {
      owner: this.#ownerOf(key.cgroupId),
      bornNs,
      peer: addressText(key.peer),
      local: addressText(local),
      reached: '',
      sentBytes: 0,
      bookedBytes: 0,
      classIndex: undefined,
      seenAt: 0,
    };
    this.#rows.set(slot, row);
    return row;
  }

  #ownerOf(cgroupId: number): Owner {
    const known = this.#owners.get(cgroupId);
    if (known) return known;
    const owner = { cgroupId, sentBytes: 0, bookedBytes: 0, seenAt: 0 };
    this.#owners.set(cgroupId, owner);
    return owner;
  }
}

/** The peer is on this node where its address is the own one of any flow here. */
function classIndexOf(peer: string, locals: () => ReadonlySet<string>, classOf: ClassOf): number {
  if (peer === '') return UNKNOWN;
  return locals().has(peer) ? NODE : PEER_CLASSES.indexOf(classOf(peer));
}

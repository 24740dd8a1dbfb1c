import type { FlowFigures, FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { RESERVED_SLOTS, type Reading } from '../reading/reading.ts';
import { MISSES_FORGIVEN } from '../reading/rows.ts';
import { addTally, clearTally, limitTally, noTally, type Tally, writeGrowth } from './tally.ts';

/** The tables of flows, as read by one tick. */
export type FlowReading = Pick<Reading, 'flow' | 'connection' | 'monotonicNs'>;

/** The peer of a row, as a book needs it. */
export interface RowPeer {
  /**
   * Called with the row's record in each read. Must not retain octets of it, which are views of the
   * whole table.
   */
  update(record: FlowRecord): void;
}

/** Creates the peer of a new row; undefined if the record counts only in the sum over its cgroup. */
export type PeerOf<Peer extends RowPeer> = (record: FlowRecord) => Peer | undefined;

/** The figures of a read, and the part of them that is booked. */
class Counted {
  /** The last tick whose read contained it. */
  seenAt = 0;
  readonly now: Tally = noTally();
  readonly booked: Tally = noTally();

  count({ sent, received }: FlowFigures, connections: number): void {
    this.now.connections += connections;
    this.now.sentBytes += sent.bytes;
    this.now.receivedBytes += received.bytes;
  }
}

/** The rows of a cgroup together. Their sum does not change when the kernel evicts one of them. */
export class RowOwner extends Counted {
  /** 0 for cgroups without a slot. */
  readonly cgroupId: number;
  readonly bornNs: number;
  /** Growth of rows that is left to the next read. */
  readonly deferred: Tally = noTally();

  constructor(cgroupId: number, bornNs: number) {
    super();
    this.cgroupId = cgroupId;
    this.bornNs = bornNs;
  }
}

/** A row of the flow table. */
export class OwnedRow<Peer> extends Counted {
  readonly bornNs: number;
  readonly owner: RowOwner;
  readonly peer: Peer;

  constructor(bornNs: number, owner: RowOwner, peer: Peer) {
    super();
    this.bornNs = bornNs;
    this.owner = owner;
    this.peer = peer;
  }
}

/**
 * Turns readings of flows into rises: the growth of connections and payload since they were booked.
 * Each is booked once. The amount is the sum over a cgroup, which does not change when the kernel
 * evicts a row or moves a connection. The rows that grew identify the peers. Growth that no row
 * explains belongs to peers without a row, and growth of the node that no cgroup explains belongs to
 * cgroups that ended unseen.
 */
export class RiseBook<Peer extends RowPeer> {
  readonly #peerOf: PeerOf<Peer>;
  /** By slot. */
  readonly #rows = new Map<number, OwnedRow<Peer>>();
  readonly #owners = new Map<number, RowOwner>();
  /** All cgroups, and rows without one. */
  readonly #node = new Counted();
  /** Reused for all rises, because there can be 50,000 in a tick. */
  readonly #rise = noTally();
  readonly #limit = noTally();
  #tick = 0;

  constructor(peerOf: PeerOf<Peer>) {
    this.#peerOf = peerOf;
  }

  /** The rows of this read and of the last few, because one read may be short. */
  rows(): Iterable<OwnedRow<Peer>> {
    return this.#rows.values();
  }

  owners(): Iterable<RowOwner> {
    return this.#owners.values();
  }

  /** Whether this read contains the row. */
  isSeen({ seenAt }: OwnedRow<Peer>): boolean {
    return seenAt === this.#tick;
  }

  /** Rows created after the read began wait for the next one, because their cgroup may be missing. */
  read({ flow, connection, monotonicNs }: FlowReading): void {
    this.#forget();
    this.#begin();
    for (const record of flow) if (record.bornNs < monotonicNs) this.#countRecord(record);
    for (const open of connection) if (open.flowBornNs < monotonicNs) this.#countConnection(open);
    for (const owner of this.#owners.values()) addTally(owner.now, this.#node.now);
  }

  /**
   * The growth of a row, up to that of its owner; undefined if there is none. A sum can drop, as when
   * a connection ends between the reads of two tables. Then it cannot yet book all growth. Valid until
   * the next call, like the others below.
   */
  riseOf({ now, booked, owner }: OwnedRow<Peer>): Readonly<Tally> | undefined {
    if (!writeGrowth(now, booked, this.#rise)) return undefined;
    if (!writeGrowth(owner.now, owner.booked, this.#limit)) return undefined;
    return limitTally(this.#rise, this.#limit) ? this.#rise : undefined;
  }

  /** The growth of a cgroup that none of its rows explains. */
  restOf({ now, booked, deferred }: RowOwner): Readonly<Tally> | undefined {
    const rest = this.#rise;
    writeGrowth(now, booked, rest);
    return writeGrowth(rest, deferred, rest) ? rest : undefined;
  }

  /** The growth of the node that none of its cgroups explains. */
  restOfNode(): Readonly<Tally> | undefined {
    const { now, booked } = this.#node;
    return writeGrowth(now, booked, this.#rise) ? this.#rise : undefined;
  }

  bookRow({ booked, owner }: OwnedRow<Peer>, rise: Readonly<Tally>): void {
    addTally(rise, booked);
    this.bookOwner(owner, rise);
  }

  bookOwner({ booked }: RowOwner, rise: Readonly<Tally>): void {
    addTally(rise, booked);
    this.bookNode(rise);
  }

  bookNode(rise: Readonly<Tally>): void {
    addTally(rise, this.#node.booked);
  }

  /** Leaves the rise to the next read: it is not part of the owner's rest. */
  defer({ owner }: OwnedRow<Peer>, rise: Readonly<Tally>): void {
    addTally(rise, owner.deferred);
  }

  /** What is booked stays in the sum over the node. */
  #forget(): void {
    const isGone = ({ seenAt }: Counted) => this.#tick - seenAt > MISSES_FORGIVEN;
    for (const [slot, row] of this.#rows) if (isGone(row)) this.#rows.delete(slot);
    for (const [id, owner] of this.#owners) if (isGone(owner)) this.#owners.delete(id);
  }

  #begin(): void {
    this.#tick += 1;
    clearTally(this.#node.now);
    for (const { now, deferred } of this.#owners.values()) {
      clearTally(now);
      clearTally(deferred);
    }
  }

  #countRecord(record: FlowRecord): void {
    const { figures, established } = record.counts;
    if (record.slot === RESERVED_SLOTS.retired) {
      this.#node.count(figures, established);
      return;
    }
    const row = this.#rowOf(record);
    const owner = row?.owner ?? this.#ownerOf(record);
    owner.count(figures, established);
    owner.seenAt = this.#tick;
    if (!row) return;
    clearTally(row.now);
    row.count(figures, established);
    row.seenAt = this.#tick;
    row.peer.update(record);
  }

  #countConnection({ cgroupId, flowSlot, flowBornNs, figures }: OpenConnection): void {
    const found = this.#rows.get(flowSlot);
    const row = found?.bornNs === flowBornNs && this.isSeen(found) ? found : undefined;
    row?.count(figures, 0);
    const owner = row?.owner ?? this.#owners.get(cgroupId) ?? this.#node;
    owner.count(figures, 0);
  }

  #rowOf(record: FlowRecord): OwnedRow<Peer> | undefined {
    const { slot, bornNs } = record;
    const known = this.#rows.get(slot);
    if (known?.bornNs === bornNs) return known;
    const peer = this.#peerOf(record);
    if (!peer) return undefined;
    const row = new OwnedRow(bornNs, this.#ownerOf(record), peer);
    this.#rows.set(slot, row);
    return row;
  }

  #ownerOf({ key: { cgroupId }, bornNs }: FlowRecord): RowOwner {
    const known = this.#owners.get(cgroupId);
    if (known) return known;
    const owner = new RowOwner(cgroupId, bornNs);
    this.#owners.set(cgroupId, owner);
    return owner;
  }
}

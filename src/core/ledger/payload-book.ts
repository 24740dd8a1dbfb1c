import { addressText } from '../flow/address.ts';
import { type Billing, noBilling } from '../flow/billing.ts';
import {
  directionOf,
  type FlowFigures,
  type FlowRecord,
  type OpenConnection,
} from '../flow/flow-record.ts';
import { type ClassOf, PEER_CLASSES } from '../flow/peer-class.ts';
import { lazily } from '../lazily.ts';
import { RESERVED_SLOTS, type Reading } from '../reading/reading.ts';
import type { BookedBytes } from '../usage/figures.ts';
import { BOOKED_CLASSES, WAYS, type Way } from '../usage/usage.ts';

/** The accounts that a book adds to. */
export interface PayloadAccounts {
  /** For the pod that owns the cgroup, or for no pod. */
  bookPayload(cgroupId: number, booked: BookedBytes): void;
  /** For deleted cgroups whose owner was never known. */
  bookEndedPayload(booked: BookedBytes): void;
}

const UNKNOWN = BOOKED_CLASSES.indexOf('unknown');
const NODE = BOOKED_CLASSES.indexOf('node');
const CLUSTER = BOOKED_CLASSES.indexOf('cluster');
const OTHER_REGION = BOOKED_CLASSES.indexOf('otherRegion');
const INTERNET = BOOKED_CLASSES.indexOf('internet');
const NAT = BOOKED_CLASSES.indexOf('nat');

/** As in the usage table: a row may be missing this many times and still be the same. */
const MISSES_FORGIVEN = 3;

interface Tally {
  /** In this read. */
  bytes: number;
  bookedBytes: number;
}

type Tallies = Readonly<Record<Way, Tally>>;

interface Owner extends Tallies {
  /** 0 for traffic without a slot, which has no owner. */
  readonly cgroupId: number;
  seenAt: number;
}

interface Row extends Tallies {
  readonly owner: Owner;
  readonly bornNs: number;
  readonly peer: string;
  readonly local: string;
  /** Whether its cgroup opened it. */
  readonly isOutbound: boolean;
  /** The actual destination; '' if it is the peer. */
  reached: string;
  /** Determined at the first byte to book, and kept. */
  classIndex: number | undefined;
  seenAt: number;
}

/** Determines the location of peers. */
export interface PeerKnowledge {
  readonly classOf: ClassOf;
  readonly billing?: Billing | undefined;
}

/**
 * Books payload sent and received by sockets, by class of peer, each byte once. The amount is the
 * sum over a cgroup: it does not change when the kernel evicts a row or moves a connection. The
 * rows that grew identify the class. Growth that no row explains belongs to peers without a row.
 * The same holds for the node and its cgroups: the remainder belongs to cgroups that ended unseen.
 */
export class PayloadBook {
  /** By slot. */
  readonly #rows = new Map<number, Row>();
  readonly #owners = new Map<number, Owner>();
  /** Bytes without an owner, and the booked bytes of all owners. */
  readonly #node: Tallies = noTallies();
  #tick = 0;

  /** Rows created after the read began wait for the next one, because their cgroup may be missing. */
  take(
    { flow, connection, monotonicNs }: Pick<Reading, 'flow' | 'connection' | 'monotonicNs'>,
    knowledge: PeerKnowledge,
    accounts: PayloadAccounts,
  ): void {
    this.#begin();
    for (const record of flow) if (record.bornNs < monotonicNs) this.#takeRecord(record);
    for (const open of connection) {
      if (open.flowBornNs < monotonicNs) this.#takeConnection(open);
    }
    this.#bookRows(knowledge, accounts);
    for (const way of WAYS) this.#bookRest(way, accounts);
    this.#forget();
  }

  #begin(): void {
    this.#tick += 1;
    setBytes(this.#node, 0, 0);
    for (const owner of this.#owners.values()) setBytes(owner, 0, 0);
  }

  #takeRecord(record: FlowRecord): void {
    const { key, slot, counts } = record;
    const { figures } = counts;
    if (slot === RESERVED_SLOTS.retired) {
      addBytes(this.#node, figures);
      return;
    }
    const row = key.protocol === 0 ? undefined : this.#rowOf(record);
    const owner = row?.owner ?? this.#ownerOf(key.cgroupId);
    addBytes(owner, figures);
    owner.seenAt = this.#tick;
    if (!row) return;
    setBytes(row, figures.sent.bytes, figures.received.bytes);
    row.seenAt = this.#tick;
    if (row.classIndex === undefined) row.reached = addressText(record.reached);
  }

  #takeConnection({ cgroupId, flowSlot, flowBornNs, figures }: OpenConnection): void {
    const found = this.#rows.get(flowSlot);
    const isThere = found?.bornNs === flowBornNs && found.seenAt === this.#tick;
    const row = isThere ? found : undefined;
    if (row) addBytes(row, figures);
    addBytes(row?.owner ?? this.#owners.get(cgroupId) ?? this.#node, figures);
  }

  #bookRows(knowledge: PeerKnowledge, accounts: PayloadAccounts): void {
    const locals = lazily(() => new Set(Array.from(this.#rows.values(), ({ local }) => local)));
    for (const row of this.#rows.values()) {
      const { owner } = row;
      for (const way of WAYS) {
        const bytes = newBytes(row[way], owner[way]);
        if (bytes <= 0) continue;
        row.classIndex ??= classIndexOf(row, locals, knowledge);
        row[way].bookedBytes += bytes;
        this.#book(owner, { way, bytes, classIndex: row.classIndex }, accounts);
      }
    }
  }

  #bookRest(way: Way, accounts: PayloadAccounts): void {
    const node = this.#node[way];
    let bytesOfAll = node.bytes;
    for (const owner of this.#owners.values()) {
      bytesOfAll += owner[way].bytes;
      const bytes = owner[way].bytes - owner[way].bookedBytes;
      if (bytes > 0) this.#book(owner, { way, bytes, classIndex: UNKNOWN }, accounts);
    }
    const endedBytes = bytesOfAll - node.bookedBytes;
    if (endedBytes <= 0) return;
    node.bookedBytes += endedBytes;
    accounts.bookEndedPayload({ way, bytes: endedBytes, classIndex: UNKNOWN });
  }

  #book(owner: Owner, booked: BookedBytes, accounts: PayloadAccounts): void {
    owner[booked.way].bookedBytes += booked.bytes;
    this.#node[booked.way].bookedBytes += booked.bytes;
    accounts.bookPayload(owner.cgroupId, booked);
  }

  /** Their booked bytes stay in the sum over the node. */
  #forget(): void {
    const isGone = ({ seenAt }: Row | Owner) => this.#tick - seenAt > MISSES_FORGIVEN;
    for (const [slot, row] of this.#rows) if (isGone(row)) this.#rows.delete(slot);
    for (const [id, owner] of this.#owners) if (isGone(owner)) this.#owners.delete(id);
  }

  #rowOf(record: FlowRecord): Row {
    const { key, slot, bornNs, local } = record;
    const known = this.#rows.get(slot);
    if (known?.bornNs === bornNs) return known;
    // Stored as text, because the octets are views that would retain the whole table.
    const row: Row = {
      owner: this.#ownerOf(key.cgroupId),
      bornNs,
      peer: addressText(key.peer),
      local: addressText(local),
      isOutbound: directionOf(record) === 'outbound',
      reached: '',
      ...noTallies(),
      classIndex: undefined,
      seenAt: 0,
    };
    this.#rows.set(slot, row);
    return row;
  }

  #ownerOf(cgroupId: number): Owner {
    const known = this.#owners.get(cgroupId);
    if (known) return known;
    const owner: Owner = { cgroupId, ...noTallies(), seenAt: 0 };
    this.#owners.set(cgroupId, owner);
    return owner;
  }
}

function noTallies(): Tallies {
  return { sent: { bytes: 0, bookedBytes: 0 }, received: { bytes: 0, bookedBytes: 0 } };
}

function setBytes(tallies: Tallies, sent: number, received: number): void {
  tallies.sent.bytes = sent;
  tallies.received.bytes = received;
}

function addBytes(tallies: Tallies, { sent, received }: FlowFigures): void {
  tallies.sent.bytes += sent.bytes;
  tallies.received.bytes += received.bytes;
}

/** A sum that dropped, as when a connection ends between two tables, cannot yet book all growth. */
function newBytes(row: Tally, owner: Tally): number {
  return Math.min(row.bytes - row.bookedBytes, owner.bytes - owner.bookedBytes);
}

/** The peer is on this node if its address is the own address of any flow here. */
function classIndexOf(
  { reached, peer: dialled, local, isOutbound }: Row,
  locals: () => ReadonlySet<string>,
  { classOf, billing = noBilling }: PeerKnowledge,
): number {
  const peer = reached || dialled;
  if (peer === '') return UNKNOWN;
  if (locals().has(peer)) return NODE;
  const index = PEER_CLASSES.indexOf(classOf(peer));
  if (index === CLUSTER && billing.isOtherRegion(peer)) return OTHER_REGION;
  // NAT gateways admit no connections from the internet, and the responses to those take another
  // route.
  if (index === INTERNET && isOutbound && billing.isBehindNat(local)) return NAT;
  return index;
}

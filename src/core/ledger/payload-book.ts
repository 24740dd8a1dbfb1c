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

/** Where a book puts what it found. */
export interface PayloadAccounts {
  /** Of the pod that owns the cgroup, or of nobody. */
  bookPayload(cgroupId: number, booked: BookedBytes): void;
  /** Of cgroups that are gone, when it was not seen whose it was. */
  bookEndedPayload(booked: BookedBytes): void;
}

const UNKNOWN = BOOKED_CLASSES.indexOf('unknown');
const NODE = BOOKED_CLASSES.indexOf('node');
const CLUSTER = BOOKED_CLASSES.indexOf('cluster');
const OTHER_REGION = BOOKED_CLASSES.indexOf('otherRegion');
const INTERNET = BOOKED_CLASSES.indexOf('internet');
const NAT = BOOKED_CLASSES.indexOf('nat');

/** As in the table of usage: a row may be missing that often and be the same when it is back. */
const MISSES_FORGIVEN = 3;

interface Tally {
  /** In this reading. */
  bytes: number;
  bookedBytes: number;
}

type Tallies = Readonly<Record<Way, Tally>>;

interface Owner extends Tallies {
  /** 0 for what found no slot: nobody's. */
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
  /** Where it really went; '' where that is the peer. */
  reached: string;
  /** Told when there is something to book, and kept. */
  classIndex: number | undefined;
  seenAt: number;
}

/** How it is found where peers are. */
export interface PeerKnowledge {
  readonly classOf: ClassOf;
  readonly billing?: Billing | undefined;
}

/**
 * Books what sockets sent and received, once each, by where the peer is. How much is told by the sum
 * over a cgroup: when the kernel evicts a row, or a connection counts elsewhere, it stays as it was.
 * Where to is told by the rows that rose; what none of them explains went to, or came from, peers
 * without one. The same holds for the node and its cgroups: what remains is of those that ended unseen.
 */
export class PayloadBook {
  /** By slot. */
  readonly #rows = new Map<number, Row>();
  readonly #owners = new Map<number, Owner>();
  /** Bytes of no owner, and what is booked of all. */
  readonly #node: Tallies = noTallies();
  #tick = 0;

  /** What was born since the reading began waits for the next: its cgroup may be missing here. */
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

  /** What was booked of them stays so: it is in the sum over the node. */
  #forget(): void {
    const isGone = ({ seenAt }: Row | Owner) => this.#tick - seenAt > MISSES_FORGIVEN;
    for (const [slot, row] of this.#rows) if (isGone(row)) this.#rows.delete(slot);
    for (const [id, owner] of this.#owners) if (isGone(owner)) this.#owners.delete(id);
  }

  #rowOf(record: FlowRecord): Row {
    const { key, slot, bornNs, local } = record;
    const known = this.#rows.get(slot);
    if (known?.bornNs === bornNs) return known;
    // Texts: the octets are views, which would keep the whole table.
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

/** A sum that dipped, as when a connection ends between two tables, has no room for all yet. */
function newBytes(row: Tally, owner: Tally): number {
  return Math.min(row.bytes - row.bookedBytes, owner.bytes - owner.bookedBytes);
}

/** The peer is on this node where its address is the own one of any flow here. */
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
  // Nobody on the internet gets in through a NAT gateway: answers to those go another way.
  if (index === INTERNET && isOutbound && billing.isBehindNat(local)) return NAT;
  return index;
}

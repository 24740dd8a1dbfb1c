import { addressText } from '../flow/address.ts';
import { type Billing, noBilling } from '../flow/billing.ts';
import { directionOf, type FlowRecord } from '../flow/flow-record.ts';
import { type ClassOf, PEER_CLASSES } from '../flow/peer-class.ts';
import { lazily } from '../lazily.ts';
import type { BookedBytes } from '../usage/figures.ts';
import { BOOKED_CLASSES } from '../usage/usage.ts';
import { type FlowReading, RiseBook, type RowPeer } from './rise-book.ts';
import type { Tally } from './tally.ts';

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

/** Determines the location of peers. */
export interface PeerLocator {
  readonly classOf: ClassOf;
  readonly billing?: Billing | undefined;
}

class PayloadPeer implements RowPeer {
  readonly address: string;
  readonly local: string;
  /** Whether the row's cgroup opened it. */
  readonly isOutbound: boolean;
  /** The actual destination; '' if it is the address. */
  reached = '';
  /** Determined at the first byte to book, and kept. */
  classIndex: number | undefined;

  constructor(record: FlowRecord) {
    this.address = addressText(record.key.peer);
    this.local = addressText(record.local);
    this.isOutbound = directionOf(record) === 'outbound';
  }

  update({ reached }: FlowRecord): void {
    if (this.classIndex === undefined) this.reached = addressText(reached);
  }
}

/** Books payload sent and received by sockets, by class of peer, each byte once. */
export class PayloadBook {
  readonly #rises = new RiseBook(payloadPeerOf);

  book(reading: FlowReading, locator: PeerLocator, accounts: PayloadAccounts): void {
    this.#rises.read(reading);
    this.#bookRows(locator, accounts);
    this.#bookRests(accounts);
  }

  #bookRows(locator: PeerLocator, accounts: PayloadAccounts): void {
    const rises = this.#rises;
    const locals = lazily(() => new Set(Array.from(rises.rows(), ({ peer }) => peer.local)));
    for (const row of rises.rows()) {
      const rise = rises.riseOf(row);
      if (!rise) continue;
      rises.bookRow(row, rise);
      const { peer, owner } = row;
      if (hasBytes(rise)) peer.classIndex ??= classIndexOf(peer, locals, locator);
      for (const booked of bytesIn(rise, peer.classIndex))
        accounts.bookPayload(owner.cgroupId, booked);
    }
  }

  /** Growth that no row explains, and growth that no cgroup explains. */
  #bookRests(accounts: PayloadAccounts): void {
    const rises = this.#rises;
    for (const owner of rises.owners()) {
      const rest = rises.restOf(owner);
      if (!rest) continue;
      rises.bookOwner(owner, rest);
      for (const booked of bytesIn(rest)) accounts.bookPayload(owner.cgroupId, booked);
    }
    const rest = rises.restOfNode();
    if (!rest) return;
    rises.bookNode(rest);
    for (const booked of bytesIn(rest)) accounts.bookEndedPayload(booked);
  }
}

/** Only the sum of peers has no peer. */
function payloadPeerOf(record: FlowRecord): PayloadPeer | undefined {
  return record.key.protocol === 0 ? undefined : new PayloadPeer(record);
}

function hasBytes({ sentBytes, receivedBytes }: Readonly<Tally>): boolean {
  return sentBytes > 0 || receivedBytes > 0;
}

/** One for each direction that grew. */
function bytesIn(
  { sentBytes, receivedBytes }: Readonly<Tally>,
  classIndex: number = UNKNOWN,
): BookedBytes[] {
  const booked: BookedBytes[] = [];
  if (sentBytes > 0) booked.push({ way: 'sent', bytes: sentBytes, classIndex });
  if (receivedBytes > 0) booked.push({ way: 'received', bytes: receivedBytes, classIndex });
  return booked;
}

/** The peer is on this node if its address is the own address of any flow here. */
function classIndexOf(
  { reached, address, local, isOutbound }: PayloadPeer,
  locals: () => ReadonlySet<string>,
  { classOf, billing = noBilling }: PeerLocator,
): number {
  const peer = reached || address;
  if (peer === '') return UNKNOWN;
  if (locals().has(peer)) return NODE;
  const index = PEER_CLASSES.indexOf(classOf(peer));
  if (index === CLUSTER && billing.isOtherRegion(peer)) return OTHER_REGION;
  // NAT gateways admit no connections from the internet, and the responses to those take another
  // route.
  if (index === INTERNET && isOutbound && billing.isBehindNat(local)) return NAT;
  return index;
}

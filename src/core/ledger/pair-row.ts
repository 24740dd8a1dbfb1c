import { addressText } from '../flow/address.ts';
import type { Flow, FlowEnd } from '../flow/flow.ts';
import { directionOf, type FlowFigures, type FlowRecord, protocolOf } from '../flow/flow-record.ts';
import type { PeerDraft } from '../flow/peers.ts';
import { noTally, type Tally } from './pair-table.ts';

/** The figures of this read, including open connections, and the part already booked. */
class Counted {
  readonly bornNs: number;
  /** The last read that contained it. */
  seenAt = 0;
  protected readonly now: Tally = noTally();
  protected readonly booked: Tally = noTally();

  constructor(bornNs: number) {
    this.bornNs = bornNs;
  }

  add({ counts }: FlowRecord): void {
    this.now[0] += counts.established;
    this.addFigures(counts.figures);
  }

  addFigures({ sent, received }: FlowFigures): void {
    this.now[1] += sent.bytes;
    this.now[2] += received.bytes;
  }

  book(rise: Readonly<Tally>): void {
    addTally(rise, this.booked);
  }

  /** A sum that dropped, as when a connection ends between two tables, cannot yet book all growth. */
  room(): Tally {
    return tallyOf((i) => Math.max(0, this.now[i] - this.booked[i]));
  }
}

/** The sum over a cgroup. */
export class RowOwner extends Counted {
  readonly cgroupId: number;
  /** Undefined if no pod owns the cgroup. */
  end: FlowEnd | undefined;
  readonly #waiting = noTally();

  constructor(cgroupId: number, bornNs: number) {
    super(bornNs);
    this.cgroupId = cgroupId;
  }

  begin(end: FlowEnd | undefined): void {
    this.end = end;
    this.now.fill(0);
    this.#waiting.fill(0);
  }

  wait(rise: Readonly<Tally>): void {
    addTally(rise, this.#waiting);
  }

  /** Growth that no row explains. */
  rest(): Tally | undefined {
    const room = this.room();
    return unlessZero(tallyOf((i) => Math.max(0, room[i] - this.#waiting[i])));
  }
}

/** A TCP or UDP row, as one end of a connection for {@link tellPeers}. */
export class PairRow extends Counted implements PeerDraft {
  readonly owner: RowOwner;
  readonly direction: Flow['direction'];
  readonly protocol: Flow['protocol'];
  readonly peerAddress: string;
  readonly port: number;
  localAddress = '';
  reachedAddress = '';
  reachedPort = 0;
  peer: Flow['peer'];
  peerIdentity: Flow['peerIdentity'];
  reachedIdentity: Flow['reachedIdentity'];
  peerClass: Flow['peerClass'];
  #verdict: string | undefined;
  #hasWaited = false;

  /** Other rows count only in the sum over their cgroup. */
  static hasPeer(record: FlowRecord): boolean {
    const protocol = protocolOf(record);
    return protocol === 'tcp' || protocol === 'udp';
  }

  constructor(record: FlowRecord, owner: RowOwner) {
    super(record.bornNs);
    const { key } = record;
    this.owner = owner;
    this.direction = directionOf(record);
    this.protocol = protocolOf(record);
    // Stored as text, because the octets are views that would retain the whole table.
    this.peerAddress = addressText(key.peer);
    this.port = key.port;
  }

  get namespace(): string {
    return this.owner.end?.namespace ?? '';
  }

  get pod(): string {
    return this.owner.end?.pod ?? '';
  }

  get container(): string {
    return this.owner.end?.container ?? '';
  }

  get established(): number {
    return this.now[0];
  }

  take(record: FlowRecord): void {
    this.localAddress = addressText(record.local);
    this.reachedAddress = addressText(record.reached);
    this.reachedPort = record.reachedPort;
    this.now.fill(0);
    this.add(record);
  }

  rise(): Tally | undefined {
    const [own, all] = [this.room(), this.owner.room()];
    return unlessZero(tallyOf((i) => Math.min(own[i], all[i])));
  }

  /**
   * Whether the result equals that of the previous growth, or has waited once. The other end may be
   * missing from one read or be one connection behind. The next read contains it.
   */
  isSettled(verdict: string): boolean {
    this.#hasWaited = verdict !== this.#verdict && !this.#hasWaited;
    this.#verdict = verdict;
    return !this.#hasWaited;
  }

  override book(rise: Readonly<Tally>): void {
    super.book(rise);
    this.owner.book(rise);
  }
}

function tallyOf(figureAt: (i: 0 | 1 | 2) => number): Tally {
  return [figureAt(0), figureAt(1), figureAt(2)];
}

function addTally(rise: Readonly<Tally>, into: Tally): void {
  into[0] += rise[0];
  into[1] += rise[1];
  into[2] += rise[2];
}

function unlessZero(tally: Tally): Tally | undefined {
  return tally[0] + tally[1] + tally[2] > 0 ? tally : undefined;
}

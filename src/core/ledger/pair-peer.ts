import { addressText } from '../flow/address.ts';
import type { Flow, FlowEnd } from '../flow/flow.ts';
import { directionOf, type FlowRecord, protocolOf } from '../flow/flow-record.ts';
import type { PeerDraft } from '../flow/peer-matching.ts';
import type { RowPeer } from './rise-book.ts';

/** A TCP or UDP row, as one end of a connection for {@link matchPeers}. */
export class PairPeer implements PeerDraft, RowPeer {
  namespace = '';
  /** '' if no pod owns the cgroup. */
  pod = '';
  container = '';
  established = 0;
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

  constructor(record: FlowRecord) {
    const { key } = record;
    this.direction = directionOf(record);
    this.protocol = protocolOf(record);
    this.peerAddress = addressText(key.peer);
    this.port = key.port;
  }

  update({ local, reached, reachedPort, counts }: FlowRecord): void {
    this.localAddress = addressText(local);
    this.reachedAddress = addressText(reached);
    this.reachedPort = reachedPort;
    this.established = counts.established;
  }

  setOwner(end: FlowEnd | undefined): void {
    this.namespace = end?.namespace ?? '';
    this.pod = end?.pod ?? '';
    this.container = end?.container ?? '';
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
}

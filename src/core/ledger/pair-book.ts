import type { FlowEnd } from '../flow/flow.ts';
import type { FlowContext } from '../flow/flow-list.ts';
import { type FlowRecord, protocolOf } from '../flow/flow-record.ts';
import { matchPeers, type PeerKnowledge } from '../flow/peer-matching.ts';
import type { Pairs, WorkloadPair } from '../flow/workload-pair.ts';
import { type Share, sharesByName } from '../sharing/fair-share.ts';
import { PairPeer } from './pair-peer.ts';
import { keyOf, type PairEnd, PairTable } from './pair-table.ts';
import { type FlowReading, type OwnedRow, RiseBook, type RowOwner } from './rise-book.ts';
import type { Tally } from './tally.ts';

const NOBODY: WorkloadPair = {
  namespace: '',
  workload: '',
  peerNamespace: '',
  peerWorkload: '',
  peerClass: 'unknown',
};

export interface PairContext extends PeerKnowledge, Pick<FlowContext, 'ownerOf' | 'secondsOf'> {
  /** Whether a workload has exported pods. */
  readonly hasWorkload: (namespace: string, workload: string) => boolean;
  /** The shares that a cgroup uses. */
  readonly sharesOf: (cgroupId: number) => readonly Share[];
}

/** Books connections and payload by pair of workloads, each once. */
export class PairBook {
  readonly #rises = new RiseBook(pairPeerOf);
  readonly #table: PairTable;

  constructor(maxPairs: number) {
    this.#table = new PairTable(maxPairs);
  }

  /** Returns all pairs. */
  book(reading: FlowReading, context: PairContext): Pairs {
    this.#rises.read(reading);
    this.#bookRows(context);
    this.#bookRests(context);
    const { hasWorkload, directory } = context;
    this.#table.forget(
      (namespace, workload) =>
        hasWorkload(namespace, workload) || directory.hasWorkload(namespace, workload),
    );
    return this.#table.pairs();
  }

  #bookRows(context: PairContext): void {
    const rises = this.#rises;
    const rows = Array.from(rises.rows()).filter((row) => rises.isSeen(row));
    this.#findOwners(rows, context);
    matchPeers(
      rows.map(({ peer }) => peer),
      context,
    );
    for (const row of rows) {
      const { owner, peer, bornNs } = row;
      // No pod owns the row, or its owner is not known yet.
      const rise = peer.pod === '' ? undefined : rises.riseOf(row);
      if (!rise) continue;
      const pair = pairOf(peer, context);
      if (!peer.isSettled(pair ? keyOf(pair) : '')) {
        rises.defer(row, rise);
        continue;
      }
      rises.bookRow(row, rise);
      if (pair)
        this.#table.add(pair, seenByOpener(peer, rise), endOf(owner, peer, bornNs, context));
    }
  }

  /** Growth of cgroups that no row explains. */
  #bookRests(context: PairContext): void {
    for (const owner of this.#rises.owners()) {
      const end = context.ownerOf(owner.cgroupId);
      const rest = end && this.#rises.restOf(owner);
      if (!rest) continue;
      this.#rises.bookOwner(owner, rest);
      const { namespace } = end;
      const pair: WorkloadPair = { ...NOBODY, namespace, workload: context.workloadOf(end) };
      this.#table.add(pair, rest, endOf(owner, end, owner.bornNs, context));
    }
  }

  /** Once for each cgroup, because it has many rows. */
  #findOwners(rows: readonly OwnedRow<PairPeer>[], { ownerOf }: PairContext): void {
    const ends = new Map<RowOwner, FlowEnd | undefined>();
    for (const owner of this.#rises.owners()) ends.set(owner, ownerOf(owner.cgroupId));
    for (const { owner, peer } of rows) peer.setOwner(ends.get(owner));
  }
}

/** Other rows count only in the sum over their cgroup. */
function pairPeerOf(record: FlowRecord): PairPeer | undefined {
  const protocol = protocolOf(record);
  return protocol === 'tcp' || protocol === 'udp' ? new PairPeer(record) : undefined;
}

/** A pair uses the share of the workload on this node, because its peer can be anything. */
function endOf(
  { cgroupId }: RowOwner,
  end: FlowEnd,
  bornNs: number,
  { workloadOf, sharesOf, secondsOf }: PairContext,
): PairEnd {
  return {
    createdSeconds: secondsOf(bornNs),
    shares: sharesByName(sharesOf(cgroupId), end.namespace, workloadOf(end)),
  };
}

/** Undefined if the opening end, which is on this node, counts it. */
function pairOf(own: PairPeer, { workloadOf }: PairContext): WorkloadPair | undefined {
  const { direction, namespace, peer, peerIdentity, peerClass = NOBODY.peerClass } = own;
  const workload = workloadOf(own);
  const [peerNamespace, peerWorkload] = peerIn(own);
  if (direction === 'outbound') {
    return { namespace, workload, peerNamespace, peerWorkload, peerClass };
  }
  // The other end matched, or matched several.
  if (peer || (peerClass === 'node' && !peerIdentity)) return undefined;
  return {
    namespace: peerNamespace,
    workload: peerWorkload,
    peerNamespace: namespace,
    peerWorkload: workload,
    peerClass,
  };
}

/** Namespace and workload; '' if the peer is not a pod. */
function peerIn({ peerIdentity, reachedIdentity }: PairPeer): readonly [string, string] {
  const identity = reachedIdentity ?? peerIdentity;
  return identity?.kind === 'pod' ? [identity.namespace, identity.workload] : ['', ''];
}

function seenByOpener({ direction }: PairPeer, rise: Readonly<Tally>): Readonly<Tally> {
  if (direction === 'outbound') return rise;
  const { connections, sentBytes, receivedBytes } = rise;
  return { connections, sentBytes: receivedBytes, receivedBytes: sentBytes };
}

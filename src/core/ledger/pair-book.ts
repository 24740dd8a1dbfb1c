import type { FlowContext } from '../flow/flow-list.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import { type PeerKnowledge, tellPeers } from '../flow/peers.ts';
import type { Pairs, WorkloadPair } from '../flow/workload-pair.ts';
import { RESERVED_SLOTS, type Reading } from '../reading/reading.ts';
import { type Share, sharesByName } from '../sharing/fair-share.ts';
import { PairRow, RowOwner } from './pair-row.ts';
import { keyOf, type PairEnd, PairTable, type Tally } from './pair-table.ts';

/** As in the usage table: a row may be missing this many times and still be the same. */
const MISSES_FORGIVEN = 3;

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

/**
 * Books connections and payload by pair of workloads, each once. The amount is the sum over a
 * cgroup, which does not change when the kernel evicts a row. The rows that grew identify the pair.
 * Growth that no row explains went to peers without a row.
 */
export class PairBook {
  /** By slot. */
  readonly #rows = new Map<number, PairRow>();
  readonly #owners = new Map<number, RowOwner>();
  readonly #table: PairTable;
  #tick = 0;

  constructor(maxPairs: number) {
    this.#table = new PairTable(maxPairs);
  }

  /** Rows created after the read began wait for the next one, because their cgroup may be missing. */
  take(
    { flow, connection, monotonicNs }: Pick<Reading, 'flow' | 'connection' | 'monotonicNs'>,
    context: PairContext,
  ): Pairs {
    this.#tick += 1;
    for (const owner of this.#owners.values()) owner.begin(context.ownerOf(owner.cgroupId));
    for (const record of flow) {
      if (record.bornNs < monotonicNs) this.#takeRecord(record, context);
    }
    for (const open of connection) {
      if (open.flowBornNs < monotonicNs) this.#takeConnection(open);
    }
    this.#bookRows(context);
    this.#bookRest(context);
    this.#forget();
    const { hasWorkload, directory } = context;
    this.#table.forget(
      (namespace, workload) =>
        hasWorkload(namespace, workload) || directory.hasWorkload(namespace, workload),
    );
    return this.#table.show();
  }

  #takeRecord(record: FlowRecord, context: PairContext): void {
    const { key, slot, bornNs } = record;
    if (slot === RESERVED_SLOTS.retired) return;
    const known = this.#rows.get(slot);
    const isSame = known?.bornNs === bornNs;
    const owner = isSame ? known.owner : this.#ownerOf(key.cgroupId, bornNs, context);
    owner.add(record);
    owner.seenAt = this.#tick;
    if (!PairRow.hasPeer(record)) return;
    const row = isSame ? known : new PairRow(record, owner);
    this.#rows.set(slot, row);
    row.take(record);
    row.seenAt = this.#tick;
  }

  #takeConnection({ cgroupId, flowSlot, flowBornNs, figures }: OpenConnection): void {
    const found = this.#rows.get(flowSlot);
    const isThere = found?.bornNs === flowBornNs && found.seenAt === this.#tick;
    const row = isThere ? found : undefined;
    row?.addFigures(figures);
    const owner = row?.owner ?? this.#owners.get(cgroupId);
    owner?.addFigures(figures);
  }

  #bookRows(context: PairContext): void {
    const rows = Array.from(this.#rows.values()).filter(({ seenAt }) => seenAt === this.#tick);
    tellPeers(rows, context);
    for (const row of rows) {
      // It has no owner, or its owner is not known yet.
      if (row.pod === '') continue;
      const rise = row.rise();
      if (!rise) continue;
      const pair = pairOf(row, context);
      if (!row.isSettled(pair ? keyOf(pair) : '')) {
        row.owner.wait(rise);
        continue;
      }
      row.book(rise);
      if (pair)
        this.#table.add(pair, seenByOpener(row, rise), endOf(row.bornNs, row.owner, context));
    }
  }

  #bookRest(context: PairContext): void {
    for (const owner of this.#owners.values()) {
      const { end } = owner;
      const rise = end && owner.rest();
      if (!rise) continue;
      owner.book(rise);
      const { namespace } = end;
      const pair: WorkloadPair = { ...NOBODY, namespace, workload: context.workloadOf(end) };
      this.#table.add(pair, rise, endOf(owner.bornNs, owner, context));
    }
  }

  #forget(): void {
    const isGone = ({ seenAt }: PairRow | RowOwner) => this.#tick - seenAt > MISSES_FORGIVEN;
    for (const [slot, row] of this.#rows) if (isGone(row)) this.#rows.delete(slot);
    for (const [id, owner] of this.#owners) if (isGone(owner)) this.#owners.delete(id);
  }

  #ownerOf(cgroupId: number, bornNs: number, { ownerOf }: PairContext): RowOwner {
    const known = this.#owners.get(cgroupId);
    if (known) return known;
    const owner = new RowOwner(cgroupId, bornNs);
    owner.begin(ownerOf(cgroupId));
    this.#owners.set(cgroupId, owner);
    return owner;
  }
}

/** A pair uses the share of the workload on this node, because its peer can be anything. */
function endOf(
  bornNs: number,
  { cgroupId, end }: RowOwner,
  { workloadOf, sharesOf, secondsOf }: PairContext,
): PairEnd {
  const shares = sharesOf(cgroupId);
  return {
    createdSeconds: secondsOf(bornNs),
    shares: end ? sharesByName(shares, end.namespace, workloadOf(end)) : shares,
  };
}

/** Undefined if the opening end, which is on this node, counts it. */
function pairOf(row: PairRow, { workloadOf }: PairContext): WorkloadPair | undefined {
  const { direction, namespace, peer, peerIdentity, peerClass = NOBODY.peerClass } = row;
  const workload = workloadOf(row);
  const [peerNamespace, peerWorkload] = peerIn(row);
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
function peerIn({ peerIdentity, reachedIdentity }: PairRow): readonly [string, string] {
  const identity = reachedIdentity ?? peerIdentity;
  return identity?.kind === 'pod' ? [identity.namespace, identity.workload] : ['', ''];
}

function seenByOpener({ direction }: PairRow, rise: Readonly<Tally>): Readonly<Tally> {
  const [connections, sentBytes, receivedBytes] = rise;
  return direction === 'outbound' ? rise : [connections, receivedBytes, sentBytes];
}

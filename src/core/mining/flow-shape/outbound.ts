import {
  type FlowFigures,
  type FlowRecord,
  IPPROTO,
  OPENERS,
  type OpenConnection,
} from '../../flow/flow-record.ts';
import { inPlace, type Rows } from '../../reading/rows.ts';

/** TCP connections that a cgroup opened to one address and port, ended and open, since load. */
export interface OutboundFlow {
  /** Identifies the flow together with `bornNs`. */
  readonly slot: number;
  /** CLOCK_MONOTONIC. */
  readonly bornNs: number;
  readonly cgroupId: number;
  /** 16 bytes. A view, valid only during the current tick. */
  readonly peer: Uint8Array;
  readonly port: number;
  readonly openNow: number;
  readonly established: number;
  readonly failures: number;
  /** Payload bytes. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

interface OpenSum {
  readonly bornNs: number;
  openNow: number;
  sentBytes: number;
  receivedBytes: number;
}

/** Without rows that sum several peers, and without rows of cgroups that are gone. */
export function outboundOf(
  flows: Rows<FlowRecord>,
  connections: Rows<OpenConnection>,
): OutboundFlow[] {
  const openBySlot = sumsOf(connections);
  const outbound: OutboundFlow[] = [];
  for (const { key, slot, bornNs, counts } of inPlace(flows)) {
    if (key.protocol !== IPPROTO.tcp || OPENERS[key.opener] !== 'outbound') continue;
    if (key.cgroupId === 0) continue;
    const found = openBySlot.get(slot);
    const open = found?.bornNs === bornNs ? found : undefined;
    outbound.push({
      slot,
      bornNs,
      cgroupId: key.cgroupId,
      peer: key.peer,
      port: key.port,
      openNow: open?.openNow ?? 0,
      established: counts.established,
      failures: counts.failures,
      sentBytes: counts.figures.sent.bytes + (open?.sentBytes ?? 0),
      receivedBytes: counts.figures.received.bytes + (open?.receivedBytes ?? 0),
    });
  }
  return outbound;
}

function sumsOf(connections: Rows<OpenConnection>): ReadonlyMap<number, OpenSum> {
  const bySlot = new Map<number, OpenSum>();
  for (const { flowSlot, flowBornNs, isEstablished, figures } of inPlace(connections)) {
    const known = bySlot.get(flowSlot);
    if (known?.bornNs === flowBornNs) addTo(known, isEstablished, figures);
    else {
      const begun = { bornNs: flowBornNs, openNow: 0, sentBytes: 0, receivedBytes: 0 };
      addTo(begun, isEstablished, figures);
      bySlot.set(flowSlot, begun);
    }
  }
  return bySlot;
}

function addTo(sum: OpenSum, openNow: number, { sent, received }: FlowFigures): void {
  sum.openNow += openNow;
  sum.sentBytes += sent.bytes;
  sum.receivedBytes += received.bytes;
}

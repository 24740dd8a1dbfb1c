import { type FlowRecord, IPPROTO, type OpenConnection } from './flow-record.ts';

export interface FlowFixture extends Partial<FlowRecord['key']> {
  readonly slot?: number;
  readonly bornNs?: number;
  readonly local?: Uint8Array;
  readonly established?: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** An IPv4 address in the format of the tables. */
export function ipv4(...octets: readonly [number, number, number, number]): Uint8Array {
  return Uint8Array.from([...Array(10).fill(0), 255, 255, ...octets]);
}

const NO_ADDRESS = new Uint8Array(16);

/** A row of the flow table: TCP with 10.0.0.1, zero unless told otherwise. */
export function flowRow(told: FlowFixture = {}): FlowRecord {
  const { slot = 500, bornNs = 1e9, local = NO_ADDRESS, ...rest } = told;
  const { established = 0, sentBytes = 0, receivedBytes = 0, ...key } = rest;
  return {
    key: {
      cgroupId: 10,
      peer: ipv4(10, 0, 0, 1),
      port: 443,
      protocol: IPPROTO.tcp,
      opener: 0,
      ...key,
    },
    local,
    reached: NO_ADDRESS,
    reachedPort: 0,
    slot,
    bornNs,
    usedNs: bornNs,
    minRttUs: 0,
    counts: {
      attempts: 0,
      established,
      failures: 0,
      ended: 0,
      figures: figures(sentBytes, receivedBytes),
      rttUs: 0,
      rtts: 0,
      connectNs: 0,
      connectTimes: 0,
    },
  };
}

/** The row of a usage slot that sums the peers without a row. */
export function otherPeers(told: FlowFixture = {}): FlowRecord {
  return flowRow({ slot: 9, peer: NO_ADDRESS, port: 0, protocol: 0, ...told });
}

/** An open connection of the rows above. */
export function openConnection(
  sentBytes: number,
  { receivedBytes, ...told }: Partial<OpenConnection> & { readonly receivedBytes?: number } = {},
): OpenConnection {
  return {
    cgroupId: 10,
    flowSlot: 500,
    usageSlot: 9,
    flowBornNs: 1e9,
    isEstablished: 1,
    figures: figures(sentBytes, receivedBytes),
    rttUs: 0,
    minRttUs: 0,
    ...told,
  };
}

function figures(sentBytes: number, receivedBytes: number = 0): FlowRecord['counts']['figures'] {
  return {
    sent: { bytes: sentBytes, segments: 0 },
    received: { bytes: receivedBytes, segments: 0 },
    retransmits: 0,
  };
}

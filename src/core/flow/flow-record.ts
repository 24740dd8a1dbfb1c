import type { Direction, Flow, FlowTraffic } from './flow.ts';

/** A row of the kernel's flow table. For TCP it counts connections that have ended. */
export interface FlowRecord {
  readonly key: {
    /** 0 if no living cgroup owns the row. */
    readonly cgroupId: number;
    /** 16 octets; all zero for the sum of peers without a row. */
    readonly peer: Uint8Array;
    readonly port: number;
    /** IP protocol number: 6, 17, …; 0 for the sum of peers. */
    readonly protocol: number;
    /** Index in {@link OPENERS}. */
    readonly opener: number;
  };
  /** 16 octets: the cgroup's own address in its latest connection. */
  readonly local: Uint8Array;
  /** 16 octets: the actual destination of the latest packets; zero if it is the peer, or unknown. */
  readonly reached: Uint8Array;
  readonly reachedPort: number;
  readonly slot: number;
  /** CLOCK_MONOTONIC. Identifies the row, together with the slot. */
  readonly bornNs: number;
  /** CLOCK_MONOTONIC of the latest tick that saw it grow. */
  readonly usedNs: number;
  /** 0 if unknown. */
  readonly minRttUs: number;
  readonly counts: {
    readonly attempts: number;
    readonly established: number;
    readonly failures: number;
    readonly ended: number;
    readonly figures: FlowFigures;
    /** Sum of smoothed round-trip times, and their number. */
    readonly rttUs: number;
    readonly rtts: number;
    /** Sum of connect times, and their number. */
    readonly connectNs: number;
    readonly connectTimes: number;
  };
}

/** IP protocol numbers. */
export const IPPROTO = { tcp: 6, udp: 17 } as const;

/** Order of `enum opener` in bpf/lib/wire.h. */
export const OPENERS = ['outbound', 'inbound'] as const;

/** Protocol of a row; undefined for the sum of peers. */
export function protocolOf({ key: { protocol } }: FlowRecord): Flow['protocol'] {
  if (protocol === 0) return undefined;
  if (protocol === IPPROTO.tcp) return 'tcp';
  return protocol === IPPROTO.udp ? 'udp' : 'other';
}

export function directionOf({ key: { opener } }: FlowRecord): Direction {
  return OPENERS[opener] ?? 'outbound';
}

/** Counters of a TCP socket, or sums over packets. */
export interface FlowFigures {
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  readonly retransmits: number;
}

/** An open connection. Its figures are added to those of its flow. */
export interface OpenConnection {
  readonly cgroupId: number;
  readonly flowSlot: number;
  /** Slot of the row that sums the other peers of its cgroup. */
  readonly usageSlot: number;
  readonly flowBornNs: number;
  /** 1, or 0 while it is connecting. */
  readonly isEstablished: number;
  readonly figures: FlowFigures;
  /** 0 if unknown, as below. */
  readonly rttUs: number;
  readonly minRttUs: number;
}

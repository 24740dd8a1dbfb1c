import type { Direction, Flow, FlowTraffic } from './flow.ts';

/** A row of the kernel's flow table: of TCP it has what the connections that ended have counted. */
export interface FlowRecord {
  readonly key: {
    /** 0 where no cgroup that lives owns the row. */
    readonly cgroupId: number;
    /** 16 octets; all zero for the peers that have no row of their own. */
    readonly peer: Uint8Array;
    readonly port: number;
    /** As IP numbers them: 6, 17, …; 0 for what sums up peers. */
    readonly protocol: number;
    /** Index in {@link OPENERS}. */
    readonly opener: number;
  };
  /** 16 octets: the cgroup's own address of its latest connection. */
  readonly local: Uint8Array;
  /** 16 octets: where its latest packets really went; all zero where that is the peer, or unknown. */
  readonly reached: Uint8Array;
  readonly reachedPort: number;
  readonly slot: number;
  /** CLOCK_MONOTONIC; with the slot it is the row's identity. */
  readonly bornNs: number;
  /** CLOCK_MONOTONIC: of the tick that saw it counting since the one before. */
  readonly usedNs: number;
  /** 0: not known. */
  readonly minRttUs: number;
  readonly counts: {
    readonly attempts: number;
    readonly established: number;
    readonly failures: number;
    readonly ended: number;
    readonly figures: FlowFigures;
    /** Sum of smoothed round-trip times, and of how many. */
    readonly rttUs: number;
    readonly rtts: number;
    /** Sum of the times to connect, and of how many. */
    readonly connectNs: number;
    readonly connectTimes: number;
  };
}

/** How IP numbers them. */
export const IPPROTO = { tcp: 6, udp: 17 } as const;

/** Order of `enum opener` in bpf/lib/wire.h. */
export const OPENERS = ['outbound', 'inbound'] as const;

/** What a row is of; undefined for what sums up peers. */
export function protocolOf({ key: { protocol } }: FlowRecord): Flow['protocol'] {
  if (protocol === 0) return undefined;
  if (protocol === IPPROTO.tcp) return 'tcp';
  return protocol === IPPROTO.udp ? 'udp' : 'other';
}

export function directionOf({ key: { opener } }: FlowRecord): Direction {
  return OPENERS[opener] ?? 'outbound';
}

/** What a TCP socket's own books say, or what its packets summed up to. */
export interface FlowFigures {
  readonly sent: FlowTraffic;
  readonly received: FlowTraffic;
  readonly retransmits: number;
}

/** A connection that is open: its figures come on top of its flow's. */
export interface OpenConnection {
  readonly cgroupId: number;
  readonly flowSlot: number;
  /** Slot of the row that sums up its cgroup's other peers. */
  readonly usageSlot: number;
  readonly flowBornNs: number;
  /** 1, or 0 while it is being opened. */
  readonly isEstablished: number;
  readonly figures: FlowFigures;
  /** 0: not known, as below. */
  readonly rttUs: number;
  readonly minRttUs: number;
}

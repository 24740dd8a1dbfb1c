import { PEER_CLASSES } from '../flow/peer-class.ts';

/**
 * Usage of a cgroup, a container, a pod or the node. Times in nanoseconds, counters since `bornNs`.
 */
export interface Usage {
  readonly cpu: CpuUsage;
  readonly network: NetworkUsage;
  readonly tcp: TcpUsage;
  readonly dns: DnsUsage;
  /** Evidence beyond its share: clues, DNS answers and TCP segments that were not inspected. */
  readonly evidenceLost: number;
}

/** With figures booked from flows, if enabled. */
export interface BookedUsage extends Usage {
  /** Payload bytes sent by class of peer. Index: {@link BOOKED_CLASSES}. */
  readonly egress: readonly number[];
  /** The same for payload bytes received. */
  readonly ingress: readonly number[];
}

/** Both directions of payload. */
export const WAYS = ['sent', 'received'] as const;
export type Way = (typeof WAYS)[number];

/** `unknown`: peers without a row in the flow table. */
export const EGRESS_CLASSES: readonly [...typeof PEER_CLASSES, 'unknown'] = [
  ...PEER_CLASSES,
  'unknown',
];
export type EgressClass = (typeof EGRESS_CLASSES)[number];

/**
 * Traffic that clouds bill separately. `otherRegion`: peers of the class cluster that are known to
 * be in another region. `nat`: internet traffic through a NAT gateway.
 */
export const BILLED_APART = ['otherRegion', 'nat'] as const;
export type BilledApart = (typeof BILLED_APART)[number];

/** Each byte is in exactly one. */
export const BOOKED_CLASSES: readonly [...typeof EGRESS_CLASSES, ...typeof BILLED_APART] = [
  ...EGRESS_CLASSES,
  ...BILLED_APART,
];
export type BookedClass = (typeof BOOKED_CLASSES)[number];

export interface CpuUsage {
  readonly oncpuNs: number;
  /** Runnable and waiting for a CPU, including time throttled by a quota. */
  readonly waitNs: number;
  /** Involuntary switches. */
  readonly preemptions: number;
  /** Waits by duration, one count per bucket of {@link WAIT_BOUNDS_SECONDS}, not cumulative. */
  readonly waitHistogram: readonly number[];
  /** On-CPU time of threads that ran for a minute and slept less than once per second. */
  readonly tirelessNs: number;
}

/** Layer 3 bytes and packets before IP fragmentation, without loopback. Index: {@link PROTOCOLS}. */
export interface NetworkUsage {
  readonly transmit: readonly Traffic[];
  readonly receive: readonly Traffic[];
}

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
}

export interface TcpUsage {
  readonly connects: number;
  readonly accepts: number;
  readonly connectFailures: number;
  readonly resets: number;
  /** Segments. */
  readonly retransmits: number;
  /** Sum over the connections it opened, from SYN to ESTABLISHED. */
  readonly connectNs: number;
  /** Payload, each byte once. The kernel's rows contain only ended connections. */
  readonly payloadSent: number;
  readonly payloadReceived: number;
}

/** Queries to DNS servers, by outcome. */
export interface DnsUsage {
  /** Index: {@link DNS_OUTCOMES}. */
  readonly queries: readonly number[];
  /** Sum over answered queries, from query to answer. */
  readonly waitNs: number;
}

/** Order of `enum dns_outcome` in bpf/lib/wire.h. SERVFAIL includes all other codes. */
export const DNS_OUTCOMES = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'timeout'] as const;

/** Order of `enum protocol` in bpf/lib/wire.h. */
export const PROTOCOLS = ['tcp', 'udp', 'other'] as const;

/**
 * Upper bounds of the waiting-time buckets in seconds: WAIT_BOUNDS_NS of bpf/lib/wire.h, and
 * infinity.
 */
export const WAIT_BOUNDS_SECONDS: readonly number[] = [
  0.00001,
  0.0001,
  0.001,
  0.005,
  0.02,
  0.1,
  1,
  Number.POSITIVE_INFINITY,
];

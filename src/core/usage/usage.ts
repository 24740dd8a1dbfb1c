import { PEER_CLASSES } from '../flow/peer-class.ts';

/** What something used: a cgroup, a container, a pod, the node. Times in nanoseconds, counters since `bornNs`. */
export interface Usage {
  readonly cpu: CpuUsage;
  readonly network: NetworkUsage;
  readonly tcp: TcpUsage;
  readonly dns: DnsUsage;
  /** Evidence beyond its fair share: clues, DNS answers and TCP segments that were not looked at. */
  readonly evidenceLost: number;
}

/** With what is booked from flows, where that is asked for. */
export interface BookedUsage extends Usage {
  /** Payload bytes sent, by where the peer is. Index: {@link BOOKED_CLASSES}. */
  readonly egress: readonly number[];
  /** The same of payload bytes received. */
  readonly ingress: readonly number[];
}

/** Both ways that payload goes. */
export const WAYS = ['sent', 'received'] as const;
export type Way = (typeof WAYS)[number];

/** `unknown`: the peers that have no row of their own in the flow table. */
export const EGRESS_CLASSES: readonly [...typeof PEER_CLASSES, 'unknown'] = [
  ...PEER_CLASSES,
  'unknown',
];
export type EgressClass = (typeof EGRESS_CLASSES)[number];

/**
 * What clouds bill apart. `otherRegion`: of the class cluster, peers that are known to be in another
 * region. `nat`: of the class internet, what goes through a NAT gateway.
 */
export const BILLED_APART = ['otherRegion', 'nat'] as const;
export type BilledApart = (typeof BILLED_APART)[number];

/** Each byte is in one of them. */
export const BOOKED_CLASSES: readonly [...typeof EGRESS_CLASSES, ...typeof BILLED_APART] = [
  ...EGRESS_CLASSES,
  ...BILLED_APART,
];
export type BookedClass = (typeof BOOKED_CLASSES)[number];

export interface CpuUsage {
  readonly oncpuNs: number;
  /** Runnable and waiting for a CPU, time throttled by a quota included. */
  readonly waitNs: number;
  /** Involuntary switches. */
  readonly preemptions: number;
  /** Waits by length, one count a bucket of {@link WAIT_BOUNDS_SECONDS}, not cumulative. */
  readonly waitHistogram: readonly number[];
  /** On-CPU, of threads that have run for a minute and slept less than once a second of it. */
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
  /** Sum over the connections that it opened, from SYN to ESTABLISHED. */
  readonly connectNs: number;
  /** Payload, each byte once; in what the kernel's rows say, of connections that ended. */
  readonly payloadSent: number;
  readonly payloadReceived: number;
}

/** Queries to DNS servers, by how they ended. */
export interface DnsUsage {
  /** Index: {@link DNS_OUTCOMES}. */
  readonly queries: readonly number[];
  /** Sum over those that were answered, from query to answer. */
  readonly waitNs: number;
}

/** Order of `enum dns_outcome` in bpf/lib/wire.h; SERVFAIL stands for all other codes too. */
export const DNS_OUTCOMES = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'timeout'] as const;

/** Order of `enum protocol` in bpf/lib/wire.h. */
export const PROTOCOLS = ['tcp', 'udp', 'other'] as const;

/** Upper bounds of the waiting-time buckets, in seconds: WAIT_BOUNDS_NS of bpf/lib/wire.h and infinity. */
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

import type { CpuUsage, DnsUsage, NetworkUsage, TcpUsage, Traffic } from '../core/usage/usage.ts';
import { hasNoPackets, type Scrape } from './scrape.ts';

/** One kind of counter: the end of its name, what it counts, and where to read it. */
export interface Measure<Part> {
  readonly stem: string;
  /** Completed by the scope: "CPU time used" + "on the whole node". */
  readonly what: string;
  /** A sentence for HELP, after the first one. */
  readonly note: string;
  readonly of: (part: Part) => number;
  readonly isShown?: (scrape: Scrape) => boolean;
}

export const CPU_MEASURES: readonly Measure<CpuUsage>[] = [
  {
    stem: 'cpu_seconds_total',
    what: 'CPU time used',
    note: 'Accounted by the scheduler.',
    of: (cpu) => cpu.oncpuNs / 1e9,
  },
  {
    stem: 'cpu_wait_seconds_total',
    what: 'Time that tasks waited for a CPU',
    note: 'Summed over tasks. Includes throttling by a CPU quota.',
    of: (cpu) => cpu.waitNs / 1e9,
  },
  {
    stem: 'cpu_preemptions_total',
    what: 'Involuntary context switches',
    note: 'The task lost its CPU while it could still run.',
    of: (cpu) => cpu.preemptions,
  },
];

export interface TrafficMeasure {
  readonly stem: string;
  /** Completed by the scope, as in {@link Measure}. */
  readonly what: string;
  readonly direction: keyof NetworkUsage;
  readonly of: (traffic: Traffic) => number;
}

export const TRAFFIC_MEASURES: readonly TrafficMeasure[] = [
  {
    stem: 'receive_bytes_total',
    what: 'Layer 3 bytes received',
    direction: 'receive',
    of: (traffic) => traffic.bytes,
  },
  {
    stem: 'receive_packets_total',
    what: 'IP packets received',
    direction: 'receive',
    of: (traffic) => traffic.packets,
  },
  {
    stem: 'transmit_bytes_total',
    what: 'Layer 3 bytes sent',
    direction: 'transmit',
    of: (traffic) => traffic.bytes,
  },
  {
    stem: 'transmit_packets_total',
    what: 'IP packets sent',
    direction: 'transmit',
    of: (traffic) => traffic.packets,
  },
];

export const TCP_MEASURES: readonly Measure<TcpUsage>[] = [
  {
    stem: 'tcp_connects_total',
    what: 'TCP connection attempts',
    note: 'An attempt counts when its SYN is sent.',
    of: (tcp) => tcp.connects,
  },
  {
    stem: 'tcp_accepts_total',
    what: 'TCP connections accepted',
    note: 'A connection counts when it reaches ESTABLISHED as server.',
    of: (tcp) => tcp.accepts,
  },
  {
    stem: 'tcp_connect_failures_total',
    what: 'Failed TCP connection attempts',
    note: 'An attempt fails when it goes from SYN_SENT to CLOSE.',
    of: (tcp) => tcp.connectFailures,
  },
  {
    stem: 'tcp_resets_total',
    what: 'TCP resets',
    note: 'RST segments, sent or received, of connections that had been established.',
    of: (tcp) => tcp.resets,
  },
  {
    stem: 'tcp_retransmits_total',
    what: 'TCP segments retransmitted',
    note: 'Includes SYN segments.',
    of: (tcp) => tcp.retransmits,
  },
  {
    stem: 'tcp_connect_seconds_total',
    what: 'Connect latency of TCP connections opened',
    note: 'From SYN to ESTABLISHED, summed over connections.',
    of: (tcp) => tcp.connectNs / 1e9,
  },
];

const PAYLOAD_NOTE =
  'Each byte counts once. Only with VIGIA_PACKETS=off, in place of the layer 3 metrics.';

/** From the sockets' own counters, for the case that packets are not counted. */
export const PAYLOAD_MEASURES: readonly Measure<TcpUsage>[] = [
  {
    stem: 'tcp_payload_transmit_bytes_total',
    what: 'TCP payload bytes sent',
    note: PAYLOAD_NOTE,
    of: (tcp) => tcp.payloadSent,
    isShown: hasNoPackets,
  },
  {
    stem: 'tcp_payload_receive_bytes_total',
    what: 'TCP payload bytes received',
    note: PAYLOAD_NOTE,
    of: (tcp) => tcp.payloadReceived,
    isShown: hasNoPackets,
  },
];

export const TRAFFIC_NOTE = 'Counted before IP fragmentation, without loopback.';

/** By outcome. */
export const DNS_QUERIES = {
  stem: 'dns_queries_total',
  what: 'DNS queries sent',
  note: 'The outcome is NOERROR, NXDOMAIN, SERVFAIL (any other response code, because resolvers treat them alike) or timeout (the socket closed or repeated the query before an answer arrived).',
} as const;

export const DNS_WAIT: Measure<DnsUsage> = {
  stem: 'dns_wait_seconds_total',
  what: 'Latency of answered DNS queries',
  note: 'From query to answer, summed over queries.',
  of: (dns) => dns.waitNs / 1e9,
};

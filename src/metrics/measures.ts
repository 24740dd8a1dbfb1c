import type { CpuUsage, DnsUsage, NetworkUsage, TcpUsage, Traffic } from '../core/usage/usage.ts';
import { hasNoPackets, type Scrape } from './scrape.ts';

/** One kind of counter: the end of its name, what it counts, and where it is found. */
export interface Measure<Part> {
  readonly stem: string;
  /** Completed by whose it is: "Time … of the container." */
  readonly what: string;
  readonly of: (part: Part) => number;
  readonly isShown?: (scrape: Scrape) => boolean;
}

export const CPU_MEASURES: readonly Measure<CpuUsage>[] = [
  {
    stem: 'cpu_seconds_total',
    what: 'Time spent running on a CPU, as booked by the scheduler,',
    of: (cpu) => cpu.oncpuNs / 1e9,
  },
  {
    stem: 'cpu_wait_seconds_total',
    what: 'Time runnable and waiting for a CPU, throttling by a CPU quota included, summed over tasks,',
    of: (cpu) => cpu.waitNs / 1e9,
  },
  {
    stem: 'cpu_preemptions_total',
    what: 'Involuntary switches: a task lost its CPU though it could have gone on,',
    of: (cpu) => cpu.preemptions,
  },
];

export interface TrafficMeasure {
  readonly stem: string;
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
    what: 'TCP connections attempted (a SYN was sent)',
    of: (tcp) => tcp.connects,
  },
  {
    stem: 'tcp_accepts_total',
    what: 'TCP connections that reached ESTABLISHED as server',
    of: (tcp) => tcp.accepts,
  },
  {
    stem: 'tcp_connect_failures_total',
    what: 'TCP connection attempts that failed (SYN_SENT to CLOSE)',
    of: (tcp) => tcp.connectFailures,
  },
  {
    stem: 'tcp_resets_total',
    what: 'RST segments sent or received on TCP connections that had been established',
    of: (tcp) => tcp.resets,
  },
  {
    stem: 'tcp_retransmits_total',
    what: 'TCP segments sent again',
    of: (tcp) => tcp.retransmits,
  },
  {
    stem: 'tcp_connect_seconds_total',
    what: 'Time from SYN to ESTABLISHED, summed over the TCP connections that were opened',
    of: (tcp) => tcp.connectNs / 1e9,
  },
];

/** Where nobody looks at packets, the sockets' own books tell what TCP moved. */
export const PAYLOAD_MEASURES: readonly Measure<TcpUsage>[] = [
  {
    stem: 'tcp_payload_transmit_bytes_total',
    what: 'Payload sent by TCP, each byte once (with VIGIA_PACKETS=off, in place of the layer 3 figures)',
    of: (tcp) => tcp.payloadSent,
    isShown: hasNoPackets,
  },
  {
    stem: 'tcp_payload_receive_bytes_total',
    what: 'Payload received by TCP, each byte once (with VIGIA_PACKETS=off, in place of the layer 3 figures)',
    of: (tcp) => tcp.payloadReceived,
    isShown: hasNoPackets,
  },
];

/** By outcome. */
export const DNS_QUERIES = {
  stem: 'dns_queries_total',
  what: 'DNS queries by how they ended: NOERROR, NXDOMAIN, SERVFAIL (which stands for every other code, as resolvers take them alike) or timeout (the socket closed, or asked again, before an answer came)',
} as const;

export const DNS_WAIT: Measure<DnsUsage> = {
  stem: 'dns_wait_seconds_total',
  what: 'Time from query to answer, summed over the DNS queries that were answered',
  of: (dns) => dns.waitNs / 1e9,
};

import {
  BOOKED_CLASSES,
  type BookedUsage,
  type CpuUsage,
  DNS_OUTCOMES,
  type DnsUsage,
  type NetworkUsage,
  PROTOCOLS,
  type TcpUsage,
  type Traffic,
  type Usage,
  WAIT_BOUNDS_SECONDS,
  type Way,
} from './usage.ts';

/**
 * A {@link Usage} as a flat array, so that sums and differences are one loop. Counters are
 * integers, exact to 2^53.
 */
export type Figures = Float64Array;

/** In bytes. */
export interface Payload {
  sent: number;
  received: number;
}

const BUCKETS = WAIT_BOUNDS_SECONDS.length;
const TIRELESS_AT = 3 + BUCKETS;
const TRANSMIT_AT = TIRELESS_AT + 1;
const RECEIVE_AT = TRANSMIT_AT + 2 * PROTOCOLS.length;
const TCP_AT = RECEIVE_AT + 2 * PROTOCOLS.length;
const PAYLOAD_AT = TCP_AT + 6;
const DNS_AT = PAYLOAD_AT + 2;
const DNS_WAIT_AT = DNS_AT + DNS_OUTCOMES.length;
const EVIDENCE_LOST_AT = DNS_WAIT_AT + 1;
const EGRESS_AT = EVIDENCE_LOST_AT + 1;
const INGRESS_AT = EGRESS_AT + BOOKED_CLASSES.length;
const LENGTH = INGRESS_AT + BOOKED_CLASSES.length;

/** The figures of a container end here. The rest belongs to the pod. */
export const CPU_END: number = TRANSMIT_AT;
export const FIGURES_END: number = LENGTH;

export function noFigures(): Figures {
  return new Float64Array(LENGTH);
}

/** The kernel's figures have no egress and ingress. {@link addBooked} adds these. */
export function writeFigures(usage: Usage & Partial<BookedUsage>, into: Figures): void {
  const { cpu, network, tcp, dns, evidenceLost, egress, ingress } = usage;
  into[0] = cpu.oncpuNs;
  into[1] = cpu.waitNs;
  into[2] = cpu.preemptions;
  for (let i = 0; i < BUCKETS; i++) into[3 + i] = cpu.waitHistogram[i] ?? 0;
  into[TIRELESS_AT] = cpu.tirelessNs;
  writeTraffic(network.transmit, into, TRANSMIT_AT);
  writeTraffic(network.receive, into, RECEIVE_AT);
  into[TCP_AT] = tcp.connects;
  into[TCP_AT + 1] = tcp.accepts;
  into[TCP_AT + 2] = tcp.connectFailures;
  into[TCP_AT + 3] = tcp.resets;
  into[TCP_AT + 4] = tcp.retransmits;
  into[TCP_AT + 5] = tcp.connectNs;
  into[PAYLOAD_AT] = tcp.payloadSent;
  into[PAYLOAD_AT + 1] = tcp.payloadReceived;
  for (let i = 0; i < DNS_OUTCOMES.length; i++) into[DNS_AT + i] = dns.queries[i] ?? 0;
  into[DNS_WAIT_AT] = dns.waitNs;
  into[EVIDENCE_LOST_AT] = evidenceLost;
  for (let i = 0; i < BOOKED_CLASSES.length; i++) {
    into[EGRESS_AT + i] = egress?.[i] ?? 0;
    into[INGRESS_AT + i] = ingress?.[i] ?? 0;
  }
}

/** Payload by class of peer. */
export interface BookedBytes {
  readonly way: Way;
  readonly bytes: number;
  /** Index of {@link BOOKED_CLASSES}. */
  readonly classIndex: number;
}

export function addBooked({ way, bytes, classIndex }: BookedBytes, into: Figures): void {
  const index = (way === 'sent' ? EGRESS_AT : INGRESS_AT) + classIndex;
  into[index] = at(into, index) + bytes;
}

/** Payload of open connections, which the kernel's rows do not contain yet. */
export function addPayload({ sent, received }: Payload, into: Figures): void {
  into[PAYLOAD_AT] = at(into, PAYLOAD_AT) + sent;
  into[PAYLOAD_AT + 1] = at(into, PAYLOAD_AT + 1) + received;
}

function writeTraffic(traffic: readonly Traffic[], into: Figures, at: number): void {
  for (let i = 0; i < PROTOCOLS.length; i++) {
    into[at + 2 * i] = traffic[i]?.bytes ?? 0;
    into[at + 2 * i + 1] = traffic[i]?.packets ?? 0;
  }
}

export function usageOf(figures: Figures): BookedUsage {
  return {
    cpu: cpuOf(figures),
    network: networkOf(figures),
    tcp: tcpOf(figures),
    dns: dnsOf(figures),
    evidenceLost: at(figures, EVIDENCE_LOST_AT),
    egress: BOOKED_CLASSES.map((_, i) => at(figures, EGRESS_AT + i)),
    ingress: BOOKED_CLASSES.map((_, i) => at(figures, INGRESS_AT + i)),
  };
}

export function cpuOf(figures: Figures): CpuUsage {
  return {
    oncpuNs: at(figures, 0),
    waitNs: at(figures, 1),
    preemptions: at(figures, 2),
    waitHistogram: histogramOf(figures),
    tirelessNs: at(figures, TIRELESS_AT),
  };
}

/** A loop, because Array.from takes ten times as long, and it runs for each container and tick. */
function histogramOf(figures: Figures): number[] {
  const counts: number[] = [];
  for (let i = 3; i < TIRELESS_AT; i++) counts.push(at(figures, i));
  return counts;
}

export function networkOf(figures: Figures): NetworkUsage {
  return {
    transmit: trafficOf(figures, TRANSMIT_AT),
    receive: trafficOf(figures, RECEIVE_AT),
  };
}

function trafficOf(figures: Figures, from: number): Traffic[] {
  return PROTOCOLS.map((_, i) => ({
    bytes: at(figures, from + 2 * i),
    packets: at(figures, from + 2 * i + 1),
  }));
}

function tcpOf(figures: Figures): TcpUsage {
  return {
    connects: at(figures, TCP_AT),
    accepts: at(figures, TCP_AT + 1),
    connectFailures: at(figures, TCP_AT + 2),
    resets: at(figures, TCP_AT + 3),
    retransmits: at(figures, TCP_AT + 4),
    connectNs: at(figures, TCP_AT + 5),
    payloadSent: at(figures, PAYLOAD_AT),
    payloadReceived: at(figures, PAYLOAD_AT + 1),
  };
}

function dnsOf(figures: Figures): DnsUsage {
  return {
    queries: DNS_OUTCOMES.map((_, i) => at(figures, DNS_AT + i)),
    waitNs: at(figures, DNS_WAIT_AT),
  };
}

export function addFigures(
  from: Figures,
  into: Figures,
  start: number = 0,
  end: number = FIGURES_END,
): void {
  for (let i = start; i < end; i++) into[i] = at(into, i) + at(from, i);
}

/**
 * Raises `last` to `now` for each larger figure, and writes the differences, so a counter never
 * decreases. Returns whether any figure grew.
 */
export function takeRise(now: Figures, last: Figures, rise: Figures): boolean {
  let hasRisen = false;
  for (let i = 0; i < FIGURES_END; i++) {
    const before = at(last, i);
    const after = Math.max(before, at(now, i));
    last[i] = after;
    rise[i] = after - before;
    hasRisen ||= after > before;
  }
  return hasRisen;
}

function at(figures: Figures, index: number): number {
  return figures[index] ?? 0;
}

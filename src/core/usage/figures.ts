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

/** The keys of a struct that are counters. */
type CounterOf<Struct> = {
  [Key in keyof Struct]: Struct[Key] extends number ? Key : never;
}[keyof Struct];

const CPU_COUNTERS = [
  'oncpuNs',
  'waitNs',
  'preemptions',
  'tirelessNs',
] as const satisfies CounterOf<CpuUsage>[];

const TRAFFIC_COUNTERS = ['bytes', 'packets'] as const satisfies CounterOf<Traffic>[];

const TCP_COUNTERS = [
  'connects',
  'accepts',
  'connectFailures',
  'resets',
  'retransmits',
  'connectNs',
  'payloadSent',
  'payloadReceived',
] as const satisfies CounterOf<TcpUsage>[];

const DNS_COUNTERS = ['waitNs'] as const satisfies CounterOf<DnsUsage>[];
const OTHER_COUNTERS = ['evidenceLost'] as const satisfies CounterOf<Usage>[];

const NETWORK_COUNTERS = PROTOCOLS.flatMap(() => TRAFFIC_COUNTERS);

/** The order of all figures. The figures of a container come first, the rest belongs to the pod. */
const { starts: AT, length: LENGTH } = layOut({
  cpu: CPU_COUNTERS,
  waitHistogram: WAIT_BOUNDS_SECONDS,
  transmit: NETWORK_COUNTERS,
  receive: NETWORK_COUNTERS,
  tcp: TCP_COUNTERS,
  dns: DNS_COUNTERS,
  queries: DNS_OUTCOMES,
  other: OTHER_COUNTERS,
  egress: BOOKED_CLASSES,
  ingress: BOOKED_CLASSES,
});

/**
 * Indices by name. NOTE: each figure is read and written by its name, because a loop over the names
 * takes almost three times as long.
 */
const CPU = indicesOf(CPU_COUNTERS, AT.cpu);
const TRAFFIC = indicesOf(TRAFFIC_COUNTERS, 0);
const TCP = indicesOf(TCP_COUNTERS, AT.tcp);
const DNS = indicesOf(DNS_COUNTERS, AT.dns);
const OTHER = indicesOf(OTHER_COUNTERS, AT.other);
const BUCKETS = WAIT_BOUNDS_SECONDS.length;

/** The figures of a container end here. The rest belongs to the pod. */
export const CPU_END: number = AT.transmit;
export const FIGURES_END: number = LENGTH;

/** Where each list begins if all are in a row. */
function layOut<Name extends string>(
  lists: Readonly<Record<Name, readonly unknown[]>>,
): { readonly starts: Readonly<Record<Name, number>>; readonly length: number } {
  const starts: Partial<Record<Name, number>> = {};
  let length = 0;
  for (const name in lists) {
    starts[name] = length;
    length += lists[name].length;
  }
  return { starts: starts as Record<Name, number>, length };
}

function indicesOf<Key extends string>(
  keys: readonly Key[],
  start: number,
): Readonly<Record<Key, number>> {
  return Object.fromEntries(keys.map((key, i) => [key, start + i])) as Record<Key, number>;
}

export function noFigures(): Figures {
  return new Float64Array(LENGTH);
}

/** The kernel's figures have no egress and ingress. {@link addBooked} adds these. */
export function writeFigures(usage: Usage & Partial<BookedUsage>, into: Figures): void {
  const { cpu, network, tcp, dns, evidenceLost, egress, ingress } = usage;
  into[CPU.oncpuNs] = cpu.oncpuNs;
  into[CPU.waitNs] = cpu.waitNs;
  into[CPU.preemptions] = cpu.preemptions;
  into[CPU.tirelessNs] = cpu.tirelessNs;
  for (let i = 0; i < BUCKETS; i++) into[AT.waitHistogram + i] = cpu.waitHistogram[i] ?? 0;
  writeTraffic(network.transmit, into, AT.transmit);
  writeTraffic(network.receive, into, AT.receive);
  into[TCP.connects] = tcp.connects;
  into[TCP.accepts] = tcp.accepts;
  into[TCP.connectFailures] = tcp.connectFailures;
  into[TCP.resets] = tcp.resets;
  into[TCP.retransmits] = tcp.retransmits;
  into[TCP.connectNs] = tcp.connectNs;
  into[TCP.payloadSent] = tcp.payloadSent;
  into[TCP.payloadReceived] = tcp.payloadReceived;
  into[DNS.waitNs] = dns.waitNs;
  for (let i = 0; i < DNS_OUTCOMES.length; i++) into[AT.queries + i] = dns.queries[i] ?? 0;
  into[OTHER.evidenceLost] = evidenceLost;
  for (let i = 0; i < BOOKED_CLASSES.length; i++) {
    into[AT.egress + i] = egress?.[i] ?? 0;
    into[AT.ingress + i] = ingress?.[i] ?? 0;
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
  const index = (way === 'sent' ? AT.egress : AT.ingress) + classIndex;
  into[index] = at(into, index) + bytes;
}

/** Payload of open connections, which the kernel's rows do not contain yet. */
export function addPayload({ sent, received }: Payload, into: Figures): void {
  into[TCP.payloadSent] = at(into, TCP.payloadSent) + sent;
  into[TCP.payloadReceived] = at(into, TCP.payloadReceived) + received;
}

function writeTraffic(traffic: readonly Traffic[], into: Figures, start: number): void {
  for (let i = 0; i < PROTOCOLS.length; i++) {
    const from = start + TRAFFIC_COUNTERS.length * i;
    into[from + TRAFFIC.bytes] = traffic[i]?.bytes ?? 0;
    into[from + TRAFFIC.packets] = traffic[i]?.packets ?? 0;
  }
}

export function usageOf(figures: Figures): BookedUsage {
  return {
    cpu: cpuOf(figures),
    network: networkOf(figures),
    tcp: tcpOf(figures),
    dns: dnsOf(figures),
    evidenceLost: at(figures, OTHER.evidenceLost),
    egress: BOOKED_CLASSES.map((_, i) => at(figures, AT.egress + i)),
    ingress: BOOKED_CLASSES.map((_, i) => at(figures, AT.ingress + i)),
  };
}

export function cpuOf(figures: Figures): CpuUsage {
  return {
    oncpuNs: at(figures, CPU.oncpuNs),
    waitNs: at(figures, CPU.waitNs),
    preemptions: at(figures, CPU.preemptions),
    waitHistogram: histogramOf(figures),
    tirelessNs: at(figures, CPU.tirelessNs),
  };
}

/** A loop, because Array.from takes ten times as long, and it runs for each container and tick. */
function histogramOf(figures: Figures): number[] {
  const counts: number[] = [];
  for (let i = 0; i < BUCKETS; i++) counts.push(at(figures, AT.waitHistogram + i));
  return counts;
}

export function networkOf(figures: Figures): NetworkUsage {
  return {
    transmit: trafficOf(figures, AT.transmit),
    receive: trafficOf(figures, AT.receive),
  };
}

function trafficOf(figures: Figures, start: number): Traffic[] {
  return PROTOCOLS.map((_, i) => {
    const from = start + TRAFFIC_COUNTERS.length * i;
    return {
      bytes: at(figures, from + TRAFFIC.bytes),
      packets: at(figures, from + TRAFFIC.packets),
    };
  });
}

function tcpOf(figures: Figures): TcpUsage {
  return {
    connects: at(figures, TCP.connects),
    accepts: at(figures, TCP.accepts),
    connectFailures: at(figures, TCP.connectFailures),
    resets: at(figures, TCP.resets),
    retransmits: at(figures, TCP.retransmits),
    connectNs: at(figures, TCP.connectNs),
    payloadSent: at(figures, TCP.payloadSent),
    payloadReceived: at(figures, TCP.payloadReceived),
  };
}

function dnsOf(figures: Figures): DnsUsage {
  return {
    queries: DNS_OUTCOMES.map((_, i) => at(figures, AT.queries + i)),
    waitNs: at(figures, DNS.waitNs),
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
export function raiseFigures(now: Figures, last: Figures, rise: Figures): boolean {
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

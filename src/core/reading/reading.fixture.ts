import {
  type CpuUsage,
  DNS_OUTCOMES,
  type DnsUsage,
  PROTOCOLS,
  type TcpUsage,
  type Traffic,
  WAIT_BOUNDS_SECONDS,
} from '../usage/usage.ts';
import { type CgroupUsage, RESERVED_SLOTS, type Reading } from './reading.ts';

export interface RowFixture {
  readonly cgroupId?: number;
  readonly slot?: number;
  readonly bornNs?: number;
  readonly diedNs?: number;
  readonly cpu?: Partial<CpuUsage>;
  /** By the index of PROTOCOLS: [bytes, packets]. */
  readonly transmit?: readonly (readonly [number, number])[];
  readonly receive?: readonly (readonly [number, number])[];
  readonly tcp?: Partial<TcpUsage>;
  readonly dns?: Partial<DnsUsage>;
  readonly evidenceLost?: number;
}

/** A row of the usage table: zero unless given. */
export function row(given: RowFixture): CgroupUsage {
  const cgroupId = given.cgroupId ?? 0;
  return {
    cgroupId,
    slot: given.slot ?? cgroupId,
    bornNs: given.bornNs ?? 0,
    diedNs: given.diedNs ?? 0,
    cpu: {
      oncpuNs: 0,
      waitNs: 0,
      preemptions: 0,
      waitHistogram: WAIT_BOUNDS_SECONDS.map(() => 0),
      tirelessNs: 0,
      ...given.cpu,
    },
    network: { transmit: traffic(given.transmit), receive: traffic(given.receive) },
    tcp: {
      connects: 0,
      accepts: 0,
      connectFailures: 0,
      resets: 0,
      retransmits: 0,
      connectNs: 0,
      payloadSent: 0,
      payloadReceived: 0,
      ...given.tcp,
    },
    dns: { queries: DNS_OUTCOMES.map(() => 0), waitNs: 0, ...given.dns },
    evidenceLost: given.evidenceLost ?? 0,
  };
}

function traffic(given: readonly (readonly [number, number])[] = []): Traffic[] {
  return PROTOCOLS.map((_, i) => ({ bytes: given[i]?.[0] ?? 0, packets: given[i]?.[1] ?? 0 }));
}

export const retired = (given: RowFixture = {}): CgroupUsage =>
  row({ ...given, slot: RESERVED_SLOTS.retired });
export const rest = (given: RowFixture = {}): CgroupUsage =>
  row({ ...given, slot: RESERVED_SLOTS.rest });
export const loopback = (given: RowFixture = {}): CgroupUsage =>
  row({ ...given, slot: RESERVED_SLOTS.loopback });

/** A read 100 s after the counters began, at 2026-01-01T00:01:40Z. */
export function reading(usage: readonly CgroupUsage[], given: Partial<Reading> = {}): Reading {
  return {
    wallMs: Date.UTC(2026, 0, 1, 0, 1, 40),
    monotonicNs: 1_100e9,
    startedNs: 1_000e9,
    hasPackets: true,
    usage,
    flow: [],
    connection: [],
    answer: [],
    footprint: [],
    clue: [],
    runs: [],
    lost: [],
    maps: [],
    ...given,
  };
}

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

/** A row of the usage table: zero unless told otherwise. */
export function row(told: RowFixture): CgroupUsage {
  const cgroupId = told.cgroupId ?? 0;
  return {
    cgroupId,
    slot: told.slot ?? cgroupId,
    bornNs: told.bornNs ?? 0,
    diedNs: told.diedNs ?? 0,
    cpu: {
      oncpuNs: 0,
      waitNs: 0,
      preemptions: 0,
      waitHistogram: WAIT_BOUNDS_SECONDS.map(() => 0),
      tirelessNs: 0,
      ...told.cpu,
    },
    network: { transmit: traffic(told.transmit), receive: traffic(told.receive) },
    tcp: {
      connects: 0,
      accepts: 0,
      connectFailures: 0,
      resets: 0,
      retransmits: 0,
      connectNs: 0,
      payloadSent: 0,
      payloadReceived: 0,
      ...told.tcp,
    },
    dns: { queries: DNS_OUTCOMES.map(() => 0), waitNs: 0, ...told.dns },
    evidenceLost: told.evidenceLost ?? 0,
  };
}

function traffic(told: readonly (readonly [number, number])[] = []): Traffic[] {
  return PROTOCOLS.map((_, i) => ({ bytes: told[i]?.[0] ?? 0, packets: told[i]?.[1] ?? 0 }));
}

export const retired = (told: RowFixture = {}): CgroupUsage =>
  row({ ...told, slot: RESERVED_SLOTS.retired });
export const rest = (told: RowFixture = {}): CgroupUsage =>
  row({ ...told, slot: RESERVED_SLOTS.rest });
export const loopback = (told: RowFixture = {}): CgroupUsage =>
  row({ ...told, slot: RESERVED_SLOTS.loopback });

/** A read 100 s after the counters began, at 2026-01-01T00:01:40Z. */
export function reading(usage: readonly CgroupUsage[], told: Partial<Reading> = {}): Reading {
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
    ...told,
  };
}

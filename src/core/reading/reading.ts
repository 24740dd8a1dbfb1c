import type { AnswerRecord } from '../dns/answers.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import type { Usage } from '../usage/usage.ts';
import type { ClueRecord, Footprint } from './clue.ts';
import type { Rows } from './rows.ts';

/** What one cgroup had used when the kernel's table was read. */
export interface CgroupUsage extends Usage {
  /** 0 for a reserved slot. Equals st_ino of the cgroup's directory. */
  readonly cgroupId: number;
  readonly slot: number;
  /** CLOCK_MONOTONIC: when counting began for it. */
  readonly bornNs: number;
  /** CLOCK_MONOTONIC; 0 while it lives. */
  readonly diedNs: number;
}

/**
 * One tick's look at the kernel: the rows of each table, under its name. They are valid until the next
 * look; those of flows and connections stay so.
 */
export interface Reading {
  readonly wallMs: number;
  readonly monotonicNs: number;
  /** CLOCK_MONOTONIC: when the kernel's counters began. Another moment means other counters. */
  readonly startedNs: number;
  /** Whether packets are looked at: else there is no layer 3, no datagram and no DNS. */
  readonly hasPackets: boolean;
  readonly usage: Iterable<CgroupUsage>;
  readonly flow: Rows<FlowRecord>;
  readonly connection: Rows<OpenConnection>;
  /** The newest DNS answers, those of earlier readings among them. */
  readonly answer: Iterable<AnswerRecord>;
  /** Of every cgroup in which one was ever found. */
  readonly footprint: Iterable<Footprint>;
  /** The newest, those of earlier readings among them. */
  readonly clue: Iterable<ClueRecord>;
  readonly runs: readonly ProgramRuns[];
  readonly lost: readonly Loss[];
  readonly maps: readonly MapFill[];
}

export interface ProgramRuns {
  readonly program: string;
  readonly count: number;
}

export interface Loss {
  readonly table: string;
  readonly reason: string;
  readonly count: number;
}

export interface MapFill {
  readonly map: string;
  readonly entries: number;
  readonly maxEntries: number;
}

/** Rows that no cgroup owns: `enum reserved_slot` of bpf/lib/wire.h. */
export const RESERVED_SLOTS = { retired: 0, rest: 1, loopback: 2 } as const;

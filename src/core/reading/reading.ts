import type { AnswerRecord } from '../dns/answers.ts';
import type { FlowRecord, OpenConnection } from '../flow/flow-record.ts';
import type { Usage } from '../usage/usage.ts';
import type { ClueRecord, Footprint } from './clue.ts';
import type { Rows } from './rows.ts';

/** Usage of one cgroup at the time of the read. */
export interface CgroupUsage extends Usage {
  /** 0 for a reserved slot. Equals st_ino of the cgroup's directory. */
  readonly cgroupId: number;
  readonly slot: number;
  /** CLOCK_MONOTONIC at the start of its counters. */
  readonly bornNs: number;
  /** CLOCK_MONOTONIC of its deletion; 0 while it exists. */
  readonly diedNs: number;
}

/** The rows of each table as read by one tick, under its name. Valid until the next read; flows and connections stay valid. */
export interface Reading {
  readonly wallMs: number;
  readonly monotonicNs: number;
  /**
   * CLOCK_MONOTONIC at the start of the kernel's counters. A different time means different
   * counters.
   */
  readonly startedNs: number;
  /** Whether packets are counted. Without, there are no layer 3 figures, datagrams or DNS. */
  readonly hasPackets: boolean;
  readonly usage: Iterable<CgroupUsage>;
  readonly flow: Rows<FlowRecord>;
  readonly connection: Rows<OpenConnection>;
  /** The newest DNS answers, including those of earlier reads. */
  readonly answer: Iterable<AnswerRecord>;
  /** For each cgroup with at least one sample. */
  readonly footprint: Iterable<Footprint>;
  /** The newest clues, including those of earlier reads. */
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

/** Rows without a cgroup: `enum reserved_slot` of bpf/lib/wire.h. */
export const RESERVED_SLOTS = { retired: 0, rest: 1, loopback: 2 } as const;

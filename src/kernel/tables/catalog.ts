import { answersFor, CLUES, flowBytes, flowsFor, type Sizes, usageBytes } from '../machine.ts';
import type { Layout } from './layout.ts';
import {
  type AnswerRow,
  answerRow,
  type ClueRow,
  type ConnectionRow,
  type CpuRow,
  clueRow,
  connectionRow,
  cpuRow,
  type FlowRow,
  type FootprintRow,
  flowRow,
  footprintRow,
  type PathRow,
  pathRow,
  STORED_BYTES,
  type UsageRow,
  usageRow,
} from './wire.gen.ts';

/** What a row of each table is. */
export interface TableRows {
  readonly cpu: CpuRow;
  readonly clue: ClueRow;
  readonly answer: AnswerRow;
  readonly usage: UsageRow;
  readonly flow: FlowRow;
  readonly connection: ConnectionRow;
  readonly footprint: FootprintRow;
  readonly path: PathRow;
}

export type TableName = keyof TableRows;

/** An array of the kernel whose entries are the rows of a table. */
export interface TableMap {
  readonly name: string;
  readonly valueBytes: number;
  readonly entries: number;
  /** The values begin on a page, so that what lies together shares a cache line. */
  readonly isOnPage?: boolean;
}

interface Table<Row> {
  readonly layout: Layout<Row>;
  /** Undefined for connections, which {@link connectionMapName} names. */
  readonly map?: (sizes: Sizes) => TableMap;
  /** Whether the table is there only where packets are counted. */
  readonly needsPackets?: boolean;
  /** Whether the rows of a tick stay valid after the next tick has read the table. */
  readonly isKept?: boolean;
  /** Whether it is read only when asked for, and not at each tick. */
  readonly isOnDemand?: boolean;
}

/**
 * Every table, declared once: the loader makes its map and its file, a tick reads it, a tape keeps it. A
 * tick reads them in this order:
 *
 * - Clues and answers before usage, because a cgroup gets its row before anything is seen of it.
 * - Flows before connections, so that a connection that ends in between is missed once and not counted
 *   twice.
 */
export const TABLES: { readonly [Name in TableName]: Table<TableRows[Name]> } = {
  cpu: {
    layout: cpuRow,
    map: ({ cpus }) => ({
      name: 'state_by_cpu',
      valueBytes: STORED_BYTES.cpuState,
      entries: cpus,
      isOnPage: true,
    }),
  },
  clue: {
    layout: clueRow,
    map: () => ({ name: 'clue_by_slot', valueBytes: STORED_BYTES.clueRow, entries: CLUES }),
  },
  answer: {
    layout: answerRow,
    needsPackets: true,
    map: ({ cpus }) => ({
      name: 'answer_by_slot',
      valueBytes: STORED_BYTES.answerRow,
      entries: cpus * answersFor(cpus),
    }),
  },
  usage: {
    layout: usageRow,
    map: ({ cpus, slots }) => ({
      name: 'usage_by_slot',
      valueBytes: usageBytes(cpus),
      entries: slots,
      isOnPage: true,
    }),
  },
  flow: {
    layout: flowRow,
    isKept: true,
    map: ({ cpus, slots }) => ({
      name: 'flow_by_slot',
      valueBytes: flowBytes(cpus),
      entries: slots + flowsFor(slots),
      isOnPage: true,
    }),
  },
  connection: { layout: connectionRow, isKept: true },
  footprint: {
    layout: footprintRow,
    map: ({ slots }) => ({
      name: 'footprint_by_slot',
      valueBytes: STORED_BYTES.footprintRow,
      entries: slots,
    }),
  },
  path: {
    layout: pathRow,
    isOnDemand: true,
    map: ({ slots }) => ({
      name: 'path_by_slot',
      valueBytes: STORED_BYTES.pathRow,
      entries: slots,
    }),
  },
};

export const TABLE_NAMES: readonly TableName[] = Object.keys(TABLES) as TableName[];

/** Where connections are kept: at their sockets, or by the addresses of these. */
export function connectionMapName(hasSocketStorage: boolean): string {
  return hasSocketStorage ? 'connection_of_socket' : 'connection_by_address';
}

/** Files whose opening does something, and the object whose program each is. */
export const ACTING_TABLES = {
  /** Begins a tick: what is there by then is made room of by its acknowledgement. */
  mark: 'sweep',
  /** Adds to usage what flows have counted alone. */
  settle: 'sweep',
  /** Acknowledges the rows of cgroups that ended. */
  reap: 'cgroup',
  /** Acknowledges clues and answers, and gives flows back that nobody uses. */
  sweep: 'sweep',
} as const;

export type ActingTable = keyof typeof ACTING_TABLES;

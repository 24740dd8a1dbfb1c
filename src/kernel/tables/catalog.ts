import { answersFor, CLUES, flowBytes, flowsFor, type Sizes, usageBytes } from '../machine.ts';
import { decodeRows, type Layout } from './layout.ts';
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

/** Row types by table. */
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

/** An array map whose entries are the rows of a table. */
export interface TableMap {
  readonly name: string;
  readonly valueBytes: number;
  readonly entries: number;
  /** Values are page-aligned, so adjacent fields share a cache line. */
  readonly isOnPage?: boolean;
}

interface Table<Row> {
  readonly layout: Layout<Row>;
  /** Undefined for connections: see {@link connectionMapName}. */
  readonly map?: (sizes: Sizes) => TableMap;
  /** Whether the table exists only if packets are counted. */
  readonly needsPackets?: boolean;
  /** Whether the rows of a tick must stay valid during the next tick. */
  readonly isKept?: boolean;
  /** Whether it is read only on demand, not at each tick. */
  readonly isOnDemand?: boolean;
}

/**
 * All tables. The loader creates their maps and files, a tick reads them, and a tape records them.
 * A tick reads them in this order:
 *
 * - Clues and answers before usage, because a cgroup gets its usage row before its first clue.
 * - Flows before connections, so that a connection that ends in between is missing from one tick
 *   instead of being counted twice.
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

/** Decodes the packed rows of a table at once. */
export function decodeTable<Name extends TableName>(
  name: Name,
  bytes: Uint8Array,
): TableRows[Name][] {
  return decodeRows<TableRows[Name]>(bytes, TABLES[name].layout, name);
}

export const TABLE_NAMES: readonly TableName[] = Object.keys(TABLES) as TableName[];

/** The map of connections: socket storage, or a hash by socket address. */
export function connectionMapName(hasSocketStorage: boolean): string {
  return hasSocketStorage ? 'connection_of_socket' : 'connection_by_address';
}

/** Files whose reading runs an action, and the objects of their programs. */
export const ACTING_TABLES = {
  /** Starts a tick. Its acknowledgement frees only the entries that exist now. */
  mark: 'sweep',
  /** Adds counts that exist only in flows to usage. */
  settle: 'sweep',
  /** Acknowledges the rows of ended cgroups. */
  reap: 'cgroup',
  /** Acknowledges clues and answers, and frees unused flows. */
  sweep: 'sweep',
} as const;

export type ActingTable = keyof typeof ACTING_TABLES;

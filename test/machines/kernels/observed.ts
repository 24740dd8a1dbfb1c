import { decodeTable, type TableName, type TableRows } from '../../../src/kernel/tables/catalog.ts';
import type {
  AnswerRow,
  ClueRow,
  ConnectionRow,
  CpuRow,
  FlowRow,
  FootprintRow,
  PathRow,
  UsageRow,
} from '../../../src/kernel/tables/wire.gen.ts';
import type { GuestRun } from '../guest.ts';

/** A cgroup's cpu.stat, and its id. */
export interface CpuStat {
  readonly id: number;
  readonly usageNs: number;
  readonly throttledNs: number;
}

/** The sender's own figures of a transfer. */
export interface Transfer {
  readonly bytes: number;
  /** Datagrams or segments sent, and segments received, counted by the sender. */
  readonly sent: number;
  readonly segmentsReceived: number;
  readonly bytesReceived: number;
  readonly bytesSentAgain: number;
}

/** A flow, and its open connections. */
export interface HeldFlow {
  readonly flow: FlowRow;
  readonly open: readonly ConnectionRow[];
}

export type Moment = 'rested' | 'burned' | 'held' | 'busy' | 'worked' | 'reaped';

/** The marks of guest/scenario.sh, decoded. */
export class Observed {
  readonly #marks: GuestRun['marks'];
  readonly version: string;

  constructor(run: GuestRun) {
    this.#marks = run.marks;
    this.version = run.version;
  }

  /** The words after each mark of a key. */
  words(key: string): readonly string[] {
    return this.#marks.get(key) ?? [];
  }

  text(key: string): string {
    const [words] = this.words(key);
    if (words === undefined) throw new Error(`the guest did not say ${key}`);
    return words;
  }

  /** The reader's /proc/self/status. */
  reader(): string {
    return Buffer.from(this.text('reader'), 'hex').toString();
  }

  transfer(name: string): Transfer {
    const figures = this.text(name).split(' ').map(Number);
    const [bytes = 0, sent = 0, segmentsReceived = 0, bytesReceived = 0, again = 0] = figures;
    return { bytes, sent, segmentsReceived, bytesReceived, bytesSentAgain: again };
  }

  stats(cgroup: string): CpuStat[] {
    return this.words(`${cgroup}.stat`).map((words) => {
      const field = (name: string) =>
        Number(new RegExp(`\\b${name} (\\d+)`).exec(words)?.[1] ?? Number.NaN);
      const [usageNs, throttledNs] = [field('usage_usec') * 1e3, field('throttled_usec') * 1e3];
      return { id: field('id'), usageNs, throttledNs };
    });
  }

  stat(cgroup: string): CpuStat {
    const [stat] = this.stats(cgroup);
    if (stat === undefined) throw new Error(`the guest did not say ${cgroup}.stat`);
    return stat;
  }

  usage(moment: Moment): UsageRow[] {
    return this.#rows('usage', moment);
  }

  paths(): PathRow[] {
    return this.#rows('path', 'worked');
  }

  flows(cgroup: string): FlowRow[] {
    const id = this.idOf(cgroup);
    return this.#rows('flow', 'worked').filter(({ key }) => key.cgroupId === id);
  }

  /** The flows of a cgroup by its id, and their open connections. */
  heldFlows(cgroup: string, moment: 'held' | 'worked'): HeldFlow[] {
    const { id } = this.stat(cgroup);
    const open = this.#rows('connection', moment);
    const flows = this.#rows('flow', moment).filter(({ key }) => key.cgroupId === id);
    return flows.map((flow) => ({
      flow,
      open: open.filter(({ flowSlot }) => flowSlot === flow.slot),
    }));
  }

  /** All open connections. */
  connections(moment: 'held' | 'worked'): ConnectionRow[] {
    return this.#rows('connection', moment);
  }

  /** The DNS answers to a cgroup. */
  answers(cgroup: string): AnswerRow[] {
    const id = this.idOf(cgroup);
    return this.#rows('answer', 'worked').filter(({ cgroupId }) => cgroupId === id);
  }

  /** Samples of a cgroup's threads with flush-to-zero set, by rounding mode. */
  footprint(cgroup: string): FootprintRow | undefined {
    const id = this.idOf(cgroup);
    return this.#rows('footprint', 'worked').find(({ cgroupId }) => cgroupId === id);
  }

  clues(cgroup: string): ClueRow[] {
    const id = this.idOf(cgroup);
    return this.#rows('clue', 'worked').filter(({ cgroupId }) => cgroupId === id);
  }

  nodes(): CpuRow[] {
    return this.#rows('cpu', 'worked');
  }

  /** The row of a cgroup by its path, which the kernel reported at its creation. */
  row(cgroup: string, moment: Moment = 'worked'): UsageRow {
    const id = this.idOf(cgroup);
    const row = this.usage(moment).find(({ cgroupId }) => cgroupId === id);
    if (row === undefined) throw new Error(`no usage row for /${cgroup} (id ${id})`);
    return row;
  }

  reserved(slot: number, moment: Moment): UsageRow {
    const row = this.usage(moment).find((each) => each.slot === slot);
    if (row === undefined) throw new Error(`no usage row in slot ${slot}`);
    return row;
  }

  idOf(cgroup: string): number {
    const decoder = new TextDecoder();
    const row = this.paths().find(
      ({ path, pathBytes }) => decoder.decode(path.subarray(0, pathBytes)) === `/${cgroup}`,
    );
    if (row === undefined) throw new Error(`no path row for /${cgroup}`);
    return row.cgroupId;
  }

  #rows<Name extends TableName>(table: Name, moment: Moment): TableRows[Name][] {
    return decodeTable(table, Buffer.from(this.text(`${table}.${moment}`), 'hex'));
  }
}

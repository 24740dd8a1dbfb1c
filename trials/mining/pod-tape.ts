import type { FlowRecord, OpenConnection } from '../../src/core/flow/flow-record.ts';
import { type ClueRecord, type Footprint, NewClues } from '../../src/core/reading/clue.ts';
import type { Reading } from '../../src/core/reading/reading.ts';

/** Kernel data of one pod at one tick. Counters hold the increase since the last tick. */
export interface PodTapeTick {
  readonly oncpuNs: number;
  /** Undefined if no thread flushes to zero. */
  readonly footprint: Footprint | undefined;
  /** New clues. `atNs` is relative to the tick, so it is negative. */
  readonly clues: readonly ClueRecord[];
  /** Totals since the flow started. */
  readonly flows: readonly FlowRecord[];
  readonly connections: readonly OpenConnection[];
}

/** Recorded kernel data of one pod, for replay. */
export interface PodTape {
  readonly ticks: PodTapeTick[];
}

interface Track {
  readonly tape: PodTape;
  oncpuNs: number;
  footprint: Footprint | undefined;
}

/** Records the rows of selected cgroups from each reading. */
export class PodTapeRecorder {
  readonly #tracks = new Map<number, Track>();
  readonly #clues = new NewClues();

  begin(cgroupId: number): PodTape {
    const tape: PodTape = { ticks: [] };
    this.#tracks.set(cgroupId, { tape, oncpuNs: 0, footprint: undefined });
    return tape;
  }

  end(cgroupId: number): void {
    this.#tracks.delete(cgroupId);
  }

  record(reading: Reading): void {
    const clues = this.#clues.of(reading.clue);
    for (const [cgroupId, track] of this.#tracks) {
      const isOf = (each: { readonly cgroupId: number }) => each.cgroupId === cgroupId;
      const oncpuNs = found(reading.usage, isOf)?.cpu.oncpuNs ?? track.oncpuNs;
      const footprint = found(reading.footprint, isOf);
      track.tape.ticks.push({
        oncpuNs: oncpuNs - track.oncpuNs,
        footprint: footprint && riseOf(footprint, track.footprint),
        clues: clues.filter(isOf).map((clue) => held(clue, reading.monotonicNs)),
        flows: [...reading.flow].filter(({ key }) => isOf(key)),
        connections: [...reading.connection].filter(isOf),
      });
      track.oncpuNs = oncpuNs;
      track.footprint = footprint && { ...footprint, command: footprint.command.slice() };
    }
  }
}

function found<Row>(rows: Iterable<Row>, is: (row: Row) => boolean): Row | undefined {
  for (const row of rows) if (is(row)) return row;
  return undefined;
}

function riseOf(now: Footprint, before: Footprint | undefined): Footprint {
  const rise = (counts: 'preempted' | 'slept') =>
    now[counts].map((count, mode) => count - (before?.[counts][mode] ?? 0));
  return {
    ...now,
    preempted: rise('preempted'),
    slept: rise('slept'),
    command: now.command.slice(),
  };
}

/** Copies the bytes, because a reading is only valid until the next one. */
function held(clue: ClueRecord, nowNs: number): ClueRecord {
  const { atNs, peer, command, text } = clue;
  return {
    ...clue,
    atNs: atNs - nowNs,
    peer: peer.slice(),
    command: command.slice(),
    text: text.slice(),
  };
}

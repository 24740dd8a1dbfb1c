/** Samples of threads of a cgroup with flush-to-zero set, by rounding mode, since load. */
export interface Footprint {
  readonly cgroupId: number;
  /** Nearest, down, up, toward zero: threads that returned from a preemption or a yield. */
  readonly preempted: readonly number[];
  /** The same for threads that returned from sleep. */
  readonly slept: readonly number[];
  /** The process sampled last. */
  readonly pid: number;
  /** Its name, untrusted, as stored in the kernel: ends at a zero. */
  readonly command: Uint8Array;
}

/** {@link ClueRecord.kind}: `enum clue_kind` in bpf/lib/wire.h. */
export const CLUE_KIND = {
  exec: 0,
  payload: 1,
  mapping: 2,
  name: 3,
  nameless: 4,
  device: 5,
  sysctl: 6,
} as const;

/** An action typical of a miner, as reported by a BPF program. */
export interface ClueRecord {
  /** The kernel reuses a slot for another clue after it was read. */
  readonly slot: number;
  readonly cgroupId: number;
  /** CLOCK_MONOTONIC. */
  readonly atNs: number;
  /** One of {@link CLUE_KIND}. */
  readonly kind: number;
  /** 0 if an interrupt reported it. */
  readonly pid: number;
  /** By kind. */
  readonly detail: number;
  readonly amount: number;
  /** 1 if the peer sent the data. */
  readonly isReceived: number;
  readonly peer: Uint8Array;
  readonly port: number;
  readonly command: Uint8Array;
  readonly textBytes: number;
  /** The data that contained it, untrusted. */
  readonly text: Uint8Array;
}

/** Returns each clue once, oldest first. A clue stays in the table until a tick has succeeded. */
export class NewClues {
  #seen: ReadonlyMap<number, number> = new Map();

  of(clues: Iterable<ClueRecord>): ClueRecord[] {
    const seen = new Map<number, number>();
    const fresh: ClueRecord[] = [];
    for (const clue of clues) {
      const { slot, atNs } = clue;
      seen.set(slot, atNs);
      if (this.#seen.get(slot) !== atNs) fresh.push(clue);
    }
    this.#seen = seen;
    return fresh.sort((a, b) => a.atNs - b.atNs);
  }
}

/** How often threads of a cgroup were found flushing to zero, by rounding mode; ever since. */
export interface Footprint {
  readonly cgroupId: number;
  /** Nearest, down, up, toward zero: of threads that came back from a preemption, or a yield. */
  readonly preempted: readonly number[];
  /** The same, from sleep. */
  readonly slept: readonly number[];
  /** The process that was sampled last. */
  readonly pid: number;
  /** Its name, untrusted, as the kernel has it: ended by a zero. */
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

/** Something that a miner would do, as a program of the kernel saw it. */
export interface ClueRecord {
  /** The kernel gives a slot to another clue once it was read. */
  readonly slot: number;
  readonly cgroupId: number;
  /** CLOCK_MONOTONIC. */
  readonly atNs: number;
  /** One of {@link CLUE_KIND}. */
  readonly kind: number;
  /** 0 where an interrupt saw it. */
  readonly pid: number;
  /** By kind. */
  readonly detail: number;
  readonly amount: number;
  /** 1 where what was seen came from the peer. */
  readonly isReceived: number;
  readonly peer: Uint8Array;
  readonly port: number;
  readonly command: Uint8Array;
  readonly textBytes: number;
  /** What it was seen in: untrusted. */
  readonly text: Uint8Array;
}

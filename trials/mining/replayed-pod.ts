import type { FlowRecord, OpenConnection } from '../../src/core/flow/flow-record.ts';
import { clue, footprint } from '../../src/core/mining/observation.fixture.ts';
import type { ClueRecord, Footprint } from '../../src/core/reading/clue.ts';
import { row } from '../../src/core/reading/reading.fixture.ts';
import type { CgroupUsage } from '../../src/core/reading/reading.ts';
import type { PodTape, PodTapeTick } from './pod-tape.ts';

/** Minimum and maximum time that a pod runs one program. */
const STAY_TICKS = [12, 720] as const;

const STILL: PodTapeTick = {
  oncpuNs: 0,
  footprint: undefined,
  clues: [],
  flows: [],
  connections: [],
};

/** Hands out each number once. */
export class Numbers {
  #last: number;

  constructor(first: number) {
    this.#last = first - 1;
  }

  next(): number {
    return ++this.#last;
  }
}

/**
 * A pod that plays one tape after the other in a loop, each from a random start. All of its CPU time counts
 * as time of threads that never sleep: a tape is too short to decide, and this makes false positives likelier.
 */
export class ReplayedPod {
  readonly cgroupId: number;
  readonly #usage: CgroupUsage;
  readonly #tapes: readonly PodTape[];
  readonly #random: () => number;
  readonly #flowSlots: Numbers;
  #tape: PodTape | undefined;
  #at = 0;
  #leftTicks = 0;
  #now = STILL;
  #nowNs = 0;
  #oncpuNs = 0;
  #footprint: Footprint | undefined;
  /** Maps the flow slots of the current tape to slots and start times in the replay. */
  #slots = new Map<number, { readonly slot: number; readonly bornNs: number }>();

  constructor(
    cgroupId: number,
    tapes: readonly PodTape[],
    source: { readonly random: () => number; readonly flowSlots: Numbers },
  ) {
    this.cgroupId = cgroupId;
    this.#usage = row({ cgroupId });
    this.#tapes = tapes.filter(({ ticks }) => ticks.length > 0);
    this.#random = source.random;
    this.#flowSlots = source.flowSlots;
  }

  advance(nowNs: number): void {
    if (this.#leftTicks-- <= 0) this.#change();
    const { ticks = [] } = this.#tape ?? {};
    if (this.#at >= ticks.length) this.#rewind(0);
    this.#now = ticks[this.#at++] ?? STILL;
    this.#nowNs = nowNs;
    this.#oncpuNs += this.#now.oncpuNs;
    if (this.#now.footprint) this.#footprint = this.#sumWith(this.#now.footprint);
  }

  get usage(): CgroupUsage {
    const busy = { oncpuNs: this.#oncpuNs, tirelessNs: this.#oncpuNs };
    return { ...this.#usage, cpu: { ...this.#usage.cpu, ...busy } };
  }

  get footprints(): readonly Footprint[] {
    return this.#footprint ? [this.#footprint] : [];
  }

  /** Each clue gets its own slot from `slots`. */
  cluesBy(slots: Numbers): ClueRecord[] {
    return this.#now.clues.map((each) =>
      clue({
        ...each,
        cgroupId: this.cgroupId,
        atNs: this.#nowNs + each.atNs,
        slot: slots.next(),
      }),
    );
  }

  get flows(): FlowRecord[] {
    return this.#now.flows.map((flow) => ({
      ...flow,
      ...this.#slotOf(flow.slot),
      key: { ...flow.key, cgroupId: this.cgroupId },
    }));
  }

  get connections(): OpenConnection[] {
    return this.#now.connections.map((connection) => {
      const { slot, bornNs } = this.#slotOf(connection.flowSlot);
      return { ...connection, cgroupId: this.cgroupId, flowSlot: slot, flowBornNs: bornNs };
    });
  }

  #change(): void {
    const [least, most] = STAY_TICKS;
    this.#leftTicks = Math.round(least + this.#random() * (most - least));
    this.#tape = this.#tapes[Math.floor(this.#random() * this.#tapes.length)];
    this.#rewind(Math.floor(this.#random() * (this.#tape?.ticks.length ?? 0)));
  }

  /** Starts with new flows. */
  #rewind(tick: number): void {
    this.#at = tick;
    this.#slots = new Map();
  }

  #slotOf(taped: number): { readonly slot: number; readonly bornNs: number } {
    const known = this.#slots.get(taped);
    if (known) return known;
    const begun = { slot: this.#flowSlots.next(), bornNs: this.#nowNs };
    this.#slots.set(taped, begun);
    return begun;
  }

  #sumWith(rise: Footprint): Footprint {
    const sum = (counts: 'preempted' | 'slept') =>
      rise[counts].map((count, mode) => count + (this.#footprint?.[counts][mode] ?? 0));
    return footprint({
      ...rise,
      cgroupId: this.cgroupId,
      preempted: sum('preempted'),
      slept: sum('slept'),
    });
  }
}

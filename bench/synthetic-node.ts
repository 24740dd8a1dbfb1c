import { noNames } from '../src/core/place/pod-name.ts';
import { RESERVED_SLOTS } from '../src/core/reading/reading.ts';
import type { Source, SourceReading } from '../src/daemon/source.ts';
import { decodeReading } from '../src/kernel/tables/kernel-tables.ts';
import { cpuBytes, NO_ROWS } from '../src/kernel/tables/table-rows.fixture.ts';
import { usageRow } from '../src/kernel/tables/wire.gen.ts';
import { CgroupPaths, type KernelPath } from '../src/workloads/cgroup-paths.ts';
import { peerClassifier } from '../src/workloads/peer-classifier.ts';
import { CGROUPS_A_POD, cgroupId, cgroupPath } from './pod-layout.ts';
import { SyntheticTraffic } from './synthetic-traffic.ts';

const classOf = peerClassifier({});
/** Ticks for which an ended pod is exported: the default retention at the default interval. */
const RETENTION_TICKS = 60;
const TICK_NS = 5e9;
const STARTED_NS = 1e9;
const STARTED_MS = Date.now();
const RESERVED = Object.keys(RESERVED_SLOTS).length;

const ROW_WORDS = usageRow.size / 4;
/** Offset of the first counter, oncpu_ns of struct usage_row. */
const COUNTERS_WORD = 8;
const COUNTERS = (ROW_WORDS - COUNTERS_WORD) / 2;

export interface NodeShape {
  readonly pods: number;
  /** Whether one pod ends and another starts at each tick. */
  readonly ends?: boolean;
  /** TCP flows per pod. Default 0, without any input of the mining detectors. */
  readonly flowsAPod?: number;
  readonly connectionsAFlow?: number;
}

/**
 * Packed rows of a node whose pods are all active at each tick. If pods end, the oldest one ends at
 * each tick and another starts, so the number of live pods stays the same.
 */
export class SyntheticNode implements Source {
  readonly observed: string = 'synthetic pods';
  readonly intervalMs: number = TICK_NS / 1e6;
  readonly watches: readonly [] = [];
  readonly #pods: number;
  readonly #ends: boolean;
  readonly #retired = new Float64Array(COUNTERS);
  readonly #scratch = new Float64Array(COUNTERS);
  readonly #paths: CgroupPaths;
  readonly #traffic: SyntheticTraffic;
  #tick = 0;
  #words = new Uint32Array(0);
  #unknown: KernelPath[] = [];

  constructor({ pods, ends = false, flowsAPod = 0, connectionsAFlow = 1 }: NodeShape) {
    this.#pods = pods;
    this.#ends = ends;
    this.#traffic = new SyntheticTraffic({ pods, flowsAPod, connectionsAFlow }, STARTED_NS);
    this.#paths = new CgroupPaths({
      kernelPaths: async () => this.#unknown,
      walk: async () => new Map(),
    });
    for (let pod = 0; pod < pods; pod++) this.#name(pod);
  }

  /** Simulates the kernel between two ticks. Must be called before each `look`. */
  advance(): void {
    this.#tick += 1;
    this.#traffic.advance(this.#tick, STARTED_NS + this.#tick * TICK_NS);
    if (this.#ends) {
      if (this.#tick > 1) this.#unknown = [];
      this.#name(this.#pods + this.#tick - 1);
      if (this.#tick > RETENTION_TICKS) this.#retire(this.#tick - RETENTION_TICKS - 1);
    }
    const oldest = this.#ends ? Math.max(0, this.#tick - RETENTION_TICKS) : 0;
    const newest = this.#pods + (this.#ends ? this.#tick : 0);
    const rows = RESERVED + (newest - oldest) * CGROUPS_A_POD;
    if (this.#words.length !== rows * ROW_WORDS) this.#words = new Uint32Array(rows * ROW_WORDS);
    for (let slot = 0; slot < RESERVED; slot++) this.#words[slot * ROW_WORDS + 2] = slot;
    this.#write(RESERVED_SLOTS.retired, this.#retired);
    let row = RESERVED;
    for (let pod = oldest; pod < newest; pod++) {
      for (let member = 0; member < CGROUPS_A_POD; member++) this.#row(row++, pod, member);
    }
  }

  async read(signal: AbortSignal): Promise<SourceReading> {
    const { flow, connection, footprint, clue } = this.#traffic;
    const reading = decodeReading({
      wallMs: STARTED_MS + (this.#tick * TICK_NS) / 1e6,
      monotonicNs: STARTED_NS + this.#tick * TICK_NS,
      maxCgroups: 1e6,
      hasPackets: true,
      ...NO_ROWS,
      usage: new Uint8Array(this.#words.buffer),
      cpu: cpuBytes([{ startedNs: STARTED_NS, runs: this.#tick }]),
      flow,
      connection,
      footprint,
      clue,
    });
    const ids = Array.from(reading.usage, ({ cgroupId }) => cgroupId);
    const pathOf = await this.#paths.resolve(ids, signal);
    const throttledNsOf = () => undefined;
    return { reading, attribution: { pathOf, names: noNames, throttledNsOf, classOf } };
  }

  async acknowledge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #name(pod: number): void {
    for (let member = 0; member < CGROUPS_A_POD; member++) {
      const path = Buffer.from(cgroupPath(pod, member));
      this.#unknown.push({ cgroupId: cgroupId(pod, member), pathBytes: path.length, path });
    }
  }

  #row(row: number, pod: number, member: number): void {
    const at = row * ROW_WORDS;
    const bornTick = Math.max(0, pod - this.#pods + 1);
    const diedTick = this.#ends && pod < this.#tick ? pod + 1 : 0;
    setWord(this.#words, at, cgroupId(pod, member));
    this.#words[at + 2] = row;
    setWord(this.#words, at + 4, STARTED_NS + bornTick * TICK_NS);
    setWord(this.#words, at + 6, diedTick === 0 ? 0 : STARTED_NS + diedTick * TICK_NS);
    this.#write(row, this.#used(pod, member));
  }

  /** A pod's own cgroup is idle. All traffic is TCP and UDP. */
  #used(pod: number, member: number): Float64Array {
    const used = this.#scratch.fill(0);
    if (member === 0) return used;
    const bornTick = Math.max(0, pod - this.#pods + 1);
    const ticks = (this.#ends ? Math.min(this.#tick, pod + 1) : this.#tick) - bornTick + 1;
    for (let i = 0; i < COUNTERS; i++) {
      const isOther = i === 20 || i === 21 || i === 26 || i === 27;
      used[i] = isOther ? 0 : ticks * (i < 2 ? 12_345_678 : 1234 / (1 + (i % 7))) * (1 + (pod % 9));
      used[i] = Math.floor(used[i] ?? 0);
    }
    return used;
  }

  #retire(pod: number): void {
    for (let member = 0; member < CGROUPS_A_POD; member++) {
      for (const [i, figure] of this.#used(pod, member).entries()) {
        this.#retired[i] = (this.#retired[i] ?? 0) + figure;
      }
    }
  }

  #write(row: number, counters: Float64Array): void {
    const at = row * ROW_WORDS + COUNTERS_WORD;
    for (let i = 0; i < COUNTERS; i++) setWord(this.#words, at + 2 * i, counters[i] ?? 0);
  }
}

/** Writes a u64, little-endian like all supported kernels. */
function setWord(words: Uint32Array, at: number, figure: number): void {
  words[at] = figure % 0x1_0000_0000;
  words[at + 1] = Math.floor(figure / 0x1_0000_0000);
}

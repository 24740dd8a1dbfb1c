import { spread } from '../src/core/seeded-random.ts';
import { clueRow, connectionRow, flowRow, footprintRow } from '../src/kernel/tables/wire.gen.ts';
import { CGROUPS_A_POD, cgroupId } from './pod-layout.ts';

/** Traffic of the pods. */
export interface TrafficShape {
  readonly pods: number;
  /** TCP flows per pod, each with its own peer. The pod opened half of them. */
  readonly flowsAPod: number;
  readonly connectionsAFlow: number;
}

const TCP = 6;
const INBOUND = 1;
const PORT = 443;
/** Half of the flows have as little traffic as one to a pool, at irregular times. */
const SLOW_BYTES = 300;
const BUSY_BYTES = 100_000;
/**
 * One of this many pods has threads with flush-to-zero in one rounding mode (fast math), and starts
 * programs from memory.
 */
const PODS_A_SUSPECT = 10;
const SAMPLES_A_TICK = 50;
/** Rows of the clue table, and new ones per tick. */
const CLUES = 512;
const CLUES_A_TICK = 2;
/** `enum clue_state` of bpf/lib/wire.h. */
const CLUE_WHOLE = 1;
const EXEC_FROM_MEMORY = 1 << 2;
const COMMAND = Buffer.from('/dev/shm/job\0--config\0/etc/job.conf\0');

/** Packed input rows of the mining detectors, besides cgroup usage. */
export class SyntheticTraffic {
  readonly flow: Uint8Array;
  readonly connection: Uint8Array;
  readonly footprint: Uint8Array;
  readonly clue: Uint8Array = new Uint8Array(CLUES * clueRow.size);
  readonly #shape: TrafficShape;
  readonly #bornNs: number;
  readonly #suspects: number;

  constructor(shape: TrafficShape, bornNs: number) {
    const { pods, flowsAPod, connectionsAFlow } = shape;
    const flows = pods * flowsAPod;
    this.#shape = shape;
    this.#bornNs = bornNs;
    this.flow = new Uint8Array(flows * flowRow.size);
    this.connection = new Uint8Array(flows * connectionsAFlow * connectionRow.size);
    this.#suspects = flows === 0 ? 0 : Math.ceil(pods / PODS_A_SUSPECT);
    this.footprint = new Uint8Array(this.#suspects * footprintRow.size);
    for (let flow = 0; flow < flows; flow++) this.#begin(flow);
  }

  /** Sets the counters of open connections, samples and clues for a tick. */
  advance(tick: number, nowNs: number): void {
    const { flowsAPod, connectionsAFlow, pods } = this.#shape;
    if (flowsAPod === 0) return;
    const view = viewOf(this.connection);
    for (let flow = 0; flow < pods * flowsAPod; flow++) {
      const bytes = flow % 2 === 0 ? tick * BUSY_BYTES : slowBytes(view, flow, tick, this.#shape);
      for (let i = 0; i < connectionsAFlow; i++) {
        const at = (flow * connectionsAFlow + i) * connectionRow.size;
        setU64(view, at + 24, bytes);
        setU64(view, at + 40, bytes);
      }
    }
    this.#sample(tick);
    for (let i = 0; i < CLUES_A_TICK; i++) this.#addClue(tick * CLUES_A_TICK + i, nowNs);
  }

  #begin(flow: number): void {
    const { flowsAPod, connectionsAFlow } = this.#shape;
    const owner = cgroupId(Math.floor(flow / flowsAPod), 1 + (flow % (CGROUPS_A_POD - 1)));
    const view = viewOf(this.flow);
    const at = flow * flowRow.size;
    setU64(view, at, owner);
    view.setUint16(at + 18, 0xffff);
    view.setUint32(at + 20, 0xcb00_7100 + flow); // big-endian, a public address
    view.setUint32(at + 24, PORT, true);
    view.setUint32(at + 28, TCP, true);
    view.setUint32(at + 32, flow % 4 < 2 ? INBOUND : 0, true);
    setU64(view, at + 40, this.#bornNs);
    view.setUint32(at + 56, flow, true);
    setU64(view, at + 104, this.#bornNs);
    setU64(view, at + 128, connectionsAFlow);
    const connections = viewOf(this.connection);
    for (let i = 0; i < connectionsAFlow; i++) {
      const row = (flow * connectionsAFlow + i) * connectionRow.size;
      setU64(connections, row, owner);
      connections.setUint32(row + 8, flow, true);
      setU64(connections, row + 16, this.#bornNs);
      connections.setUint32(row + 64, 1, true);
    }
  }

  #sample(tick: number): void {
    const view = viewOf(this.footprint);
    for (let row = 0; row < this.#suspects; row++) {
      const at = row * footprintRow.size;
      setU64(view, at, cgroupId(row * PODS_A_SUSPECT, 1));
      setU64(view, at + 8, tick * SAMPLES_A_TICK);
    }
  }

  /** Replaces the oldest clue. */
  #addClue(number: number, nowNs: number): void {
    const view = viewOf(this.clue);
    const at = (number % CLUES) * clueRow.size;
    view.setUint32(at, CLUE_WHOLE, true);
    view.setUint32(at + 4, number % CLUES, true);
    setU64(view, at + 8, cgroupId((number % this.#suspects) * PODS_A_SUSPECT, 1));
    setU64(view, at + 16, nowNs);
    view.setUint32(at + 36, EXEC_FROM_MEMORY, true);
    view.setUint32(at + 60, COMMAND.length, true);
    this.clue.set(COMMAND, at + 96);
  }
}

/** Grows in two of five ticks, chosen by a hash. */
function slowBytes(view: DataView, flow: number, tick: number, shape: TrafficShape): number {
  const before = view.getUint32(flow * shape.connectionsAFlow * connectionRow.size + 24, true);
  const isChosen = spread(tick * 31 + flow) % 5 < 2;
  return before + (isChosen ? SLOW_BYTES : 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function setU64(view: DataView, at: number, figure: number): void {
  view.setBigUint64(at, BigInt(figure), true);
}

import { type FlowTrace, TICK_SECONDS } from './flow-trace.ts';

/** Sets the CPU use of tireless threads in a trace. */
export type LoadKind = (trace: FlowTrace) => void;

/** CPU time after which the kernel counts a thread as tireless. */
const COUNTED_FROM_SECONDS = 60;

export type Load =
  | 'steady'
  | 'one thread'
  | 'quota of half a CPU'
  | 'quota of a quarter of a CPU'
  | 'varying'
  | 'sleeping';

export const LOAD_KINDS: Readonly<Record<Load, LoadKind>> = {
  /** Several threads with one core each, like miners and simulations. */
  steady: (trace) => steady(trace, Math.ceil(trace.scaled(0.5, 8))),
  'one thread': (trace) => steady(trace, 1),
  'quota of half a CPU': (trace) => steady(trace, 1, 0.5),
  'quota of a quarter of a CPU': (trace) => steady(trace, 1, 0.25),
  /** Compilers and encoders: threads start, end and wait. */
  varying: (trace) => {
    const period = trace.between(15, 120);
    const most = trace.between(1, 4);
    trace.cpuOf = (tick: number) =>
      ((tick * TICK_SECONDS) % period < period * 0.6 ? most : 0) * noise(trace);
  },
  /** Servers: threads sleep between requests. */
  sleeping: () => {},
};

function steady(trace: FlowTrace, threads: number, share = 1): void {
  const from = COUNTED_FROM_SECONDS / share / TICK_SECONDS;
  trace.cpuOf = (tick: number) => (tick < from ? 0 : threads * share * noise(trace));
}

/** A few percent of noise. */
function noise(trace: FlowTrace): number {
  return trace.between(0.95, 1.02);
}

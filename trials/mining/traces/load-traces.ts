import { type FlowTrace, TICK_SECONDS } from './flow-trace.ts';

/** Gives a trace the CPUs that its threads without sleep use. */
export type LoadKind = (trace: FlowTrace) => void;

/** When a thread has run so long the kernel side begins to count it. */
const COUNTED_FROM_SECONDS = 60;

export type Load =
  | 'steady'
  | 'one thread'
  | 'quota of half a CPU'
  | 'quota of a quarter of a CPU'
  | 'varying'
  | 'sleeping';

export const LOAD_KINDS: Readonly<Record<Load, LoadKind>> = {
  /** Some threads with a core each, as miners and simulations have them. */
  steady: (trace) => steady(trace, Math.ceil(trace.scaled(0.5, 8))),
  'one thread': (trace) => steady(trace, 1),
  'quota of half a CPU': (trace) => steady(trace, 1, 0.5),
  'quota of a quarter of a CPU': (trace) => steady(trace, 1, 0.25),
  /** Compilers and encoders: threads come and go, and wait. */
  varying: (trace) => {
    const period = trace.between(15, 120);
    const most = trace.between(1, 4);
    trace.cpuOf = (tick: number) =>
      ((tick * TICK_SECONDS) % period < period * 0.6 ? most : 0) * noise(trace);
  },
  /** Servers: each request is a sleep. */
  sleeping: () => {},
};

function steady(trace: FlowTrace, threads: number, share = 1): void {
  const from = COUNTED_FROM_SECONDS / share / TICK_SECONDS;
  trace.cpuOf = (tick: number) => (tick < from ? 0 : threads * share * noise(trace));
}

/** A few per cent. */
function noise(trace: FlowTrace): number {
  return trace.between(0.95, 1.02);
}

import type { FlowTrace } from './flow-trace.ts';
import type { FlowKind } from './pool-traces.ts';

/** Miners whose pool does not answer or refuses. */
export const BEACON_KINDS: Readonly<Record<string, FlowKind>> = {
  'pool refuses, retry every 5 s': never((trace) => trace.steady(5, 0.02, fail(trace))),
  'packets dropped, retry after 20 s and 5 s': never((trace) =>
    trace.steady(25, 0.02, fail(trace)),
  ),
};

/** Benign clients of a server that is down. */
export const FAILING_KINDS: Readonly<Record<string, FlowKind>> = {
  'backs off to minutes': never((trace) => backOff(trace, trace.between(60, 300))),
  'restarts and backs off': never((trace) => {
    for (let at = 0, wait = 10; at < trace.seconds; at += wait, wait = Math.min(300, wait * 2))
      for (let i = 0; i < 3; i++) trace.fail(at + i);
  }),
  'fails on each call': never((trace) => trace.scattered(trace.scaled(0.5, 60), fail(trace))),
  'recovers within a minute': never((trace) => {
    for (let at = 0; at < 60; at += 5) trace.fail(at);
  }),
  'fixed retry interval': never((trace) => trace.steady(trace.scaled(1, 60), 0.05, fail(trace))),
};

function never(write: FlowKind): FlowKind {
  return (trace) => {
    trace.openAtFirst = 0;
    write(trace);
  };
}

function fail(trace: FlowTrace): (at: number) => void {
  return (at) => trace.fail(at);
}

function backOff(trace: FlowTrace, longest: number): void {
  for (let at = 0, wait = 1; at < trace.seconds; at += wait, wait = Math.min(longest, wait * 2))
    trace.fail(at * trace.between(0.98, 1.02));
}

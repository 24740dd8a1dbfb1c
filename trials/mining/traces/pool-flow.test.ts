import { expect, test } from 'vitest';
import { PoolFlowDetector } from '../../../src/core/mining/detectors/pool-flow.ts';
import type { OutboundFlow } from '../../../src/core/mining/flow-shape/outbound.ts';
import { observation } from '../../../src/core/mining/observation.fixture.ts';
import type { Sighting } from '../../../src/core/mining/sighting.ts';
import { BENIGN_KINDS } from './benign-traces.ts';
import { FlowTrace, TICK_SECONDS } from './flow-trace.ts';
import { type FlowKind, POOL_KINDS } from './pool-traces.ts';

const PEER = Uint8Array.from([...Array(10).fill(0), 255, 255, 203, 0, 113, 7]);
const IDLE: OutboundFlow = {
  ...{ slot: 1, bornNs: 0, cgroupId: 7, peer: PEER, port: 443 },
  ...{ openNow: 1, established: 1, failures: 0, sentBytes: 0, receivedBytes: 0 },
};

/** Totals of a trace at the end of each tick. */
function* flowsOf(trace: FlowTrace, slot: number): Generator<OutboundFlow> {
  let flow: OutboundFlow = { ...IDLE, slot, cgroupId: slot };
  for (let tick = 0; tick < trace.ticks; tick++) {
    const { sentBytes, receivedBytes, established, openNow } = trace.at(tick);
    flow = {
      ...flow,
      openNow,
      sentBytes: flow.sentBytes + sentBytes,
      receivedBytes: flow.receivedBytes + receivedBytes,
      established: flow.established + established,
    };
    yield flow;
  }
}

/** Seconds of the first detection, by slot; one slot per seed. */
function detections(
  kind: FlowKind | undefined,
  { runs = 60, seconds = 900 } = {},
): Map<number, number> {
  const detector = new PoolFlowDetector();
  const flows = Array.from({ length: runs }, (_, i) => {
    const trace = new FlowTrace(seconds, i + 1);
    kind?.(trace);
    return flowsOf(trace.close(), i + 1);
  });
  const found = new Map<number, number>();
  for (let at = TICK_SECONDS; at <= seconds; at += TICK_SECONDS) {
    const outbound = flows.flatMap((each) => each.next().value ?? []);
    for (const { cgroupId } of detector.detect(observation({ seconds: at, outbound })))
      if (!found.has(cgroupId)) found.set(cgroupId, at);
  }
  return found;
}

test.each([
  ['plain', 0.98, 480],
  ['jittered', 0.98, 480],
  ['reconnecting', 0.98, 480],
  ['keepalive noise', 0.95, 480],
  ['padded', 0.85, 480],
  ['padded, jittered, noise', 0.85, 900],
])('%s: %d of the pool connections are detected within %d s', (kind, share, seconds) => {
  const found = [...detections(POOL_KINDS[kind], { runs: 200 }).values()];
  expect(found.filter((at) => at <= seconds).length).toBeGreaterThanOrEqual(share * 200);
  expect(Math.min(...found)).toBeGreaterThanOrEqual(300);
});

const SEPARABLE = [
  'gRPC keepalive',
  'MQTT, idle',
  'MQTT sensor with keepalive',
  'SSH, idle',
  'leader election',
  'training job that reports steps',
  'simulation with MPI heartbeat',
  'Ray or Dask worker',
  'metrics, remote write',
  'API server, watch',
  'log shipper',
  'Kafka consumer',
  'job queue, equal tasks',
];

test.each(SEPARABLE)('%s: none is detected', (kind) => {
  expect(BENIGN_KINDS[kind]).toBeDefined();
  expect(detections(BENIGN_KINDS[kind], { seconds: 1800 }).size).toBe(0);
});

/** Observes a pool connection that changes over time. */
function watch(change: (flow: OutboundFlow, at: number) => OutboundFlow, seconds = 1200) {
  const detector = new PoolFlowDetector();
  const trace = new FlowTrace(seconds, 4);
  POOL_KINDS['plain']?.(trace);
  const seen: [number, Sighting][] = [];
  let at = 0;
  for (const flow of flowsOf(trace.close(), 1)) {
    at += TICK_SECONDS;
    const outbound = [change(flow, at)];
    for (const sighting of detector.detect(observation({ seconds: at, outbound })))
      seen.push([at, sighting]);
  }
  return seen;
}

test('it is reported with its peer until the connection is closed', () => {
  const seen = watch((flow, at) => ({ ...flow, openNow: at < 900 ? 1 : 0 }));
  expect(seen[0]?.[1]).toMatchObject({
    ...{ signal: 'pool_flow', cgroupId: 1, count: 1, peer: '203.0.113.7', port: 443 },
    detail: expect.stringMatching(/^sent \d+ messages of about \d+ bytes at irregular intervals/),
  });
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.at(-1)?.[0]).toBeLessThan(980);
});

test('more connections or more bytes than a miner has do not match', () => {
  expect(watch((flow) => ({ ...flow, openNow: 4 }))).toEqual([]);
  expect(watch((flow, at) => ({ ...flow, receivedBytes: flow.receivedBytes + at * 1e4 }))).toEqual(
    [],
  );
  expect(watch((flow, at) => ({ ...flow, established: Math.floor(at / 60) }))).toEqual([]);
});

test('a long regular flow must look like a pool for equally long', () => {
  const CLOCK_SECONDS = 1800;
  const [[at] = [Infinity]] = watch((flow, now) => {
    const clocked = 4 * Math.min(now, CLOCK_SECONDS);
    const isPool = now > CLOCK_SECONDS;
    return {
      ...flow,
      sentBytes: clocked + (isPool ? flow.sentBytes : 0),
      receivedBytes: clocked + (isPool ? flow.receivedBytes : 0),
    };
  }, 3600);
  expect(at).toBeGreaterThan(CLOCK_SECONDS + 600);
  expect(at).toBeLessThan(3600);
});

test('many connections do not grow the memory, and tracked ones stay', () => {
  const detector = new PoolFlowDetector();
  const trace = new FlowTrace(600, 4);
  POOL_KINDS['plain']?.(trace);
  const found = new Set<number>();
  let at = 0;
  for (const flow of flowsOf(trace.close(), 1)) {
    at += TICK_SECONDS;
    // Of 3000 flows the first 900 start late, but come first in the table.
    const slots = [...Array(3000).keys()].slice(at < 100 ? 900 : 0);
    const outbound = slots.map((slot) => ({ ...flow, slot, cgroupId: slot + 1 }));
    for (const { cgroupId } of detector.detect(observation({ seconds: at, outbound })))
      found.add(cgroupId);
  }
  expect(found.size).toBe(2048);
  expect(Math.min(...found)).toBe(901);
});

test('a pod with too many connections does not block other pods', () => {
  const detector = new PoolFlowDetector();
  const trace = new FlowTrace(600, 4);
  POOL_KINDS['plain']?.(trace);
  const found = new Set<number>();
  let at = 0;
  for (const flow of flowsOf(trace.close(), 1)) {
    at += TICK_SECONDS;
    const hostile = Array.from({ length: 3000 }, (_, slot) => ({ ...flow, slot, cgroupId: 1 }));
    const outbound = at < 100 ? hostile : [...hostile, { ...flow, slot: 3000, cgroupId: 2 }];
    for (const { cgroupId } of detector.detect(observation({ seconds: at, outbound })))
      found.add(cgroupId);
  }
  expect([...found].sort()).toEqual([1, 2]);
});

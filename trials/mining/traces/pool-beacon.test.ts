import { expect, test } from 'vitest';
import { PoolBeaconDetector } from '../../../src/core/mining/detectors/pool-beacon.ts';
import type { OutboundFlow } from '../../../src/core/mining/flow-shape/outbound.ts';
import { observation } from '../../../src/core/mining/observation.fixture.ts';
import type { Sighting } from '../../../src/core/mining/sighting.ts';
import { BEACON_KINDS, FAILING_KINDS } from './beacon-traces.ts';
import { FlowTrace, TICK_SECONDS } from './flow-trace.ts';
import type { FlowKind } from './pool-traces.ts';

const PEER = Uint8Array.from([...Array(10).fill(0), 255, 255, 203, 0, 113, 7]);
const SILENT: OutboundFlow = {
  ...{ slot: 1, bornNs: 0, cgroupId: 7, peer: PEER, port: 3333 },
  ...{ openNow: 0, established: 0, failures: 0, sentBytes: 0, receivedBytes: 0 },
};

function watch(
  kind: FlowKind | undefined,
  { seed = 1, seconds = 900, different = {} as Partial<OutboundFlow> } = {},
): [number, Sighting][] {
  const detector = new PoolBeaconDetector();
  const trace = new FlowTrace(seconds, seed);
  kind?.(trace);
  trace.close();
  const seen: [number, Sighting][] = [];
  let failures = 0;
  for (let tick = 0; tick < trace.ticks; tick++) {
    failures += trace.at(tick).failures;
    const at = (tick + 1) * TICK_SECONDS;
    const outbound = [{ ...SILENT, failures, ...different }];
    for (const sighting of detector.detect(observation({ seconds: at, outbound })))
      seen.push([at, sighting]);
  }
  return seen;
}

test.each(Object.entries(BEACON_KINDS))(
  '%s: detected within four minutes, with any seed',
  (...of) => {
    for (let seed = 1; seed <= 50; seed++) {
      const [[at, sighting] = [Infinity, undefined]] = watch(of[1], { seed });
      expect(at).toBeLessThanOrEqual(240);
      expect(sighting).toMatchObject({ signal: 'pool_beacon', peer: '203.0.113.7', port: 3333 });
    }
  },
);

test('the detail has the interval', () => {
  const [[, sighting] = []] = watch((trace) => trace.steady(5, 0, (at) => trace.fail(at)));
  expect(sighting?.detail).toBe('connection attempts failed every 5.0 s for 210 s');
});

test.each(['backs off to minutes', 'restarts and backs off', 'recovers within a minute'])(
  '%s: not detected',
  (kind) => {
    expect(FAILING_KINDS[kind]).toBeDefined();
    for (let seed = 1; seed <= 50; seed++) expect(watch(FAILING_KINDS[kind], { seed })).toEqual([]);
  },
);

const every5s: FlowKind = (trace) => trace.steady(5, 0, (at) => trace.fail(at));

test('a reachable peer and a tight retry loop are not reported', () => {
  expect(watch(every5s)).not.toEqual([]);
  expect(watch(every5s, { different: { openNow: 1 } })).toEqual([]);
  expect(watch((trace) => trace.steady(0.2, 0, (at) => trace.fail(at)))).toEqual([]);
  expect(watch((trace) => trace.steady(60, 0, (at) => trace.fail(at)))).toEqual([]);
});

test('a stretch restarts with each established connection', () => {
  const detector = new PoolBeaconDetector();
  for (let at = 5; at <= 1800; at += 5) {
    const counts = { failures: at / 5, established: Math.floor(at / 120) };
    const outbound = [{ ...SILENT, ...counts }];
    expect([...detector.detect(observation({ seconds: at, outbound }))]).toEqual([]);
  }
});

test('it is reported once per stretch while it lasts', () => {
  const seen = watch(every5s, { seconds: 1800 }).map(([at]) => at);
  expect(seen.length).toBe(8);
});

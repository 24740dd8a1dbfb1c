import { expect, test } from 'vitest';
import { watchKind } from './shape-watch.ts';
import { BEACON_KINDS } from './traces/beacon-traces.ts';
import { BENIGN_KINDS } from './traces/benign-traces.ts';
import { LOAD_KINDS } from './traces/load-traces.ts';
import { POOL_KINDS } from './traces/pool-traces.ts';

const silent = () => {};
const { plain = silent } = POOL_KINDS;
const RUNS = 40;

test('a pool-like connection is suspicious only beside tireless threads', () => {
  const detected = (load: keyof typeof LOAD_KINDS) =>
    watchKind({ flow: plain, load: LOAD_KINDS[load] }, RUNS, 900);
  for (const load of ['steady', 'one thread', 'quota of half a CPU'] as const) {
    const soon = detected(load).filter(
      ({ suspiciousSeconds = Infinity }) => suspiciousSeconds <= 480,
    );
    expect(soon.length).toBeGreaterThanOrEqual(RUNS - 2);
  }
  for (const load of ['sleeping', 'varying'] as const)
    for (const { alarms } of detected(load)) expect(alarms).toBe(0);
  expect(detected('sleeping').filter(({ flowSeconds }) => flowSeconds).length).toBeGreaterThan(
    RUNS - 3,
  );
});

test('tireless threads alone are not suspicious, with any connection', () => {
  const kinds = [silent, BENIGN_KINDS['simulation with MPI heartbeat'] ?? plain];
  for (const flow of kinds)
    for (const { alarms } of watchKind({ flow, load: LOAD_KINDS.steady }, RUNS, 900))
      expect(alarms).toBe(0);
});

test('a beacon counts like a connection', () => {
  for (const flow of Object.values(BEACON_KINDS)) {
    const outcomes = watchKind({ flow, load: LOAD_KINDS.steady }, 5, 600);
    expect(outcomes.map(({ alarms }) => alarms)).toEqual([1, 1, 1, 1, 1]);
  }
});

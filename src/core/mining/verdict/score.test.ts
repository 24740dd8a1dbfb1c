import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SIGNAL_NAMES, SIGNALS, type Signal } from '../signal.ts';
import { type DetectedSignal, miningShapeAt, pointsAt, scoreAt, weightAt } from './score.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Any selection of signals, with repetitions. */
function signalsOf(names: readonly Signal[]): fc.Arbitrary<readonly DetectedSignal[]> {
  const lastSeconds = fc.integer({ min: 0, max: DAY });
  return fc.array(fc.record({ signal: fc.constantFrom(...names), lastSeconds }), { maxLength: 12 });
}

const signals = signalsOf(SIGNAL_NAMES);
const weak = signalsOf(SIGNAL_NAMES.filter((name) => !SIGNALS[name].isStrong));
const later = fc.integer({ min: 0, max: 2 * DAY });

test('the score is always from 0 to 100', () => {
  fc.assert(
    fc.property(signals, later, (all, now) => {
      const score = scoreAt(all, now);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
    }),
  );
});

test('without a strong signal the score is at most 70, below an alert', () => {
  fc.assert(
    fc.property(weak, later, (all, now) => {
      expect(scoreAt(all, now)).toBeLessThanOrEqual(70);
    }),
  );
});

test('all weak signals reach 70, and 100 with a strong one', () => {
  const many = Array.from(
    { length: 50 },
    () => ({ signal: 'tireless_cpu', lastSeconds: 0 }) as const,
  );
  expect(scoreAt(many, 0)).toBe(70);
  expect(scoreAt([...many, { signal: 'randomx', lastSeconds: 0 }], 0)).toBe(100);
});

test('more or newer evidence never lowers the score', () => {
  fc.assert(
    fc.property(signals, later, (all, now) => {
      const score = scoreAt(all, now);
      expect(scoreAt(all.slice(1), now)).toBeLessThanOrEqual(score + 1e-9);
      const fresh = all.map((each) => ({ ...each, lastSeconds: each.lastSeconds + MINUTE }));
      expect(scoreAt(fresh, now)).toBeGreaterThanOrEqual(score - 1e-9);
    }),
  );
});

test('a signal holds for 15 minutes and then halves every 10', () => {
  const randomx: DetectedSignal = { signal: 'randomx', lastSeconds: 1000 };
  const weights = [0, 15, 25, 35, 45].map((minutes) => weightAt(randomx, 1000 + minutes * MINUTE));
  expect(weights).toEqual([1, 1, 0.5, 0.25, 0.125]);
  expect(weightAt(randomx, 1000 + 15 * MINUTE + 1)).toBeLessThan(1);
  expect(pointsAt(randomx, 1000 + 25 * MINUTE)).toBe(SIGNALS.randomx.points / 2);
});

test('a clock that steps back removes no weight', () => {
  expect(weightAt({ signal: 'randomx', lastSeconds: 1000 }, 0)).toBe(1);
});

test('a faded strong signal no longer raises the cap', () => {
  const faded: DetectedSignal = { signal: 'randomx', lastSeconds: 0 };
  const now = 15 * MINUTE + 100 * MINUTE;
  const fresh = SIGNAL_NAMES.map((signal) => ({
    signal,
    lastSeconds: signal === 'randomx' ? 0 : now,
  }));
  const weakOnly = fresh.filter(({ signal }) => !SIGNALS[signal].isStrong);
  expect(scoreAt([...weakOnly, faded], now)).toBeLessThan(71);
});

test('every signal that is enough for an alert is strong', () => {
  for (const { points, isStrong } of Object.values(SIGNALS))
    if (points >= 50) expect(isStrong).toBe(true);
});

const detectedAt = (signal: Signal, lastSeconds: number): DetectedSignal => ({
  signal,
  lastSeconds,
});

test('pool_flow and tireless_cpu are suspicious only together', () => {
  const [flow, cpu, beacon] = (['pool_flow', 'tireless_cpu', 'pool_beacon'] as const).map(
    (signal) => detectedAt(signal, 0),
  );
  const scoreOf = (...all: (DetectedSignal | undefined)[]) =>
    scoreAt(
      all.filter((each) => each !== undefined),
      0,
    );
  expect([scoreOf(flow), scoreOf(cpu), scoreOf(flow, beacon)]).toEqual([20, 20, 35]);
  expect([scoreOf(flow, cpu), scoreOf(beacon, cpu)]).toEqual([70, 65]);
  // The combination counts once, even if both of its sets are present.
  expect(
    miningShapeAt(
      [detectedAt('pool_flow', 0), detectedAt('pool_beacon', 0), detectedAt('tireless_cpu', 0)],
      0,
    ),
  ).toMatchObject({ points: 30, parts: [{ signal: 'pool_flow' }, { signal: 'tireless_cpu' }] });
});

test('a combination has the lowest weight within its heaviest set', () => {
  const all = [detectedAt('pool_flow', 0), detectedAt('tireless_cpu', 25 * MINUTE)];
  expect(miningShapeAt(all, 25 * MINUTE)).toMatchObject({ points: 15 });
  const both = miningShapeAt([...all, detectedAt('pool_beacon', 25 * MINUTE)], 25 * MINUTE);
  expect(both).toMatchObject({ points: 30, parts: [{ signal: 'pool_beacon' }, {}] });
  expect(miningShapeAt(all.slice(0, 1), 0)).toBeUndefined();
});

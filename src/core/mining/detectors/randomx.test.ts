import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../seeded-random.ts';
import { footprint, observation } from '../observation.fixture.ts';
import type { Sighting } from '../sighting.ts';
import { RandomxDetector } from './randomx.ts';

/** A thread. Weights are for nearest, down, up, toward zero. */
interface Program {
  readonly weights: readonly number[];
  /** As for a single thread on an idle core; contention gives hundreds. */
  readonly samplesPerSecond?: number;
  readonly cpus?: number;
  readonly tickSeconds?: number;
  readonly seconds?: number;
  readonly seed?: number;
  /** Whether it works at this time. */
  readonly isBusy?: (seconds: number) => boolean;
  /** Start time; the detector starts at 0. */
  readonly fromSeconds?: number;
}

const FOUR = [1, 1, 1, 1];

/** Runs a detector on a program. Returns sightings with the seconds since the start of the program. */
function watch(program: Program, detector = new RandomxDetector()): [number, Sighting][] {
  const { weights, samplesPerSecond = 2.3, cpus = 1, tickSeconds = 5, seconds = 120 } = program;
  const { seed = 1, isBusy = () => true, fromSeconds = 1 } = program;
  const random = randomFrom(seed);
  const counts = [0, 0, 0, 0];
  const seen: [number, Sighting][] = [];
  let [at, oncpuNs] = [0, 5e9];
  for (let tick = 0; tick * tickSeconds <= seconds; tick++) {
    // Ticks are up to 20 ms late.
    const until = tick * tickSeconds + 0.02 * random();
    for (; at < until; at += 0.01) {
      if (at < fromSeconds || !isBusy(at - fromSeconds)) continue;
      oncpuNs += cpus * 1e7;
      if (random() < samplesPerSecond / 100) draw(counts, weights, random);
    }
    const isFound = counts.some((count) => count > 0);
    const footprints = isFound ? [footprint({ preempted: [...counts] })] : [];
    const cpu = new Map([[7, { oncpuNs, waitNs: 0, tirelessNs: 0 }]]);
    const sightings = detector.detect(observation({ seconds: until, footprints, cpu }));
    for (const sighting of sightings) seen.push([until - fromSeconds, sighting]);
  }
  return seen;
}

function draw(counts: number[], weights: readonly number[], random: () => number): void {
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [mode, weight] of weights.entries()) {
    rest -= weight;
    if (rest >= 0) continue;
    counts[mode] = (counts[mode] ?? 0) + 1;
    return;
  }
}

describe.each([1, 5])('with a tick every %d s', (tickSeconds) => {
  test('a single thread in four modes on an idle core is detected within 20 s, in 200 of 200 runs', () => {
    const delays = Array.from({ length: 200 }, (_, i) => {
      const fromSeconds = 1 + (i % 50) / 10;
      const [[delay] = [Infinity]] = watch({
        weights: FOUR,
        tickSeconds,
        seed: i + 1,
        fromSeconds,
      });
      return delay;
    });
    expect(Math.max(...delays)).toBeLessThanOrEqual(20);
  });

  test('three modes are detected, and so is a tenth of a CPU', () => {
    expect(watch({ weights: [1, 1, 1, 0], tickSeconds })).not.toEqual([]);
    expect(watch({ weights: FOUR, cpus: 0.1, tickSeconds })).not.toEqual([]);
  });

  test.each([
    ['fast math', [1, 0, 0, 0]],
    ['one constant mode', [0, 0, 0, 1]],
    ['interval arithmetic that flushes', [0, 1, 1, 0]],
    ['fast math with a few moments of something else', [100, 2, 2, 2]],
  ])('%s is never detected', (_what, weights) => {
    for (const samplesPerSecond of [2.3, 300])
      expect(watch({ weights, samplesPerSecond, tickSeconds, seconds: 600 })).toEqual([]);
  });

  test.each([
    ['one mode for more than 70 % of the time', [80, 10, 10, 0]],
    ['two modes, and two more for moments', [65, 31, 2, 2]],
  ])('%s is never detected', (_what, weights) => {
    expect(watch({ weights, samplesPerSecond: 300, tickSeconds, seconds: 600 })).toEqual([]);
  });

  test('a node that verifies a block every two minutes is never detected', () => {
    const isBusy = (seconds: number) => seconds % 120 < 3;
    expect(
      watch({ weights: FOUR, samplesPerSecond: 300, isBusy, tickSeconds, seconds: 900 }),
    ).toEqual([]);
  });

  test('samples without CPU use are never detected', () => {
    expect(watch({ weights: FOUR, cpus: 0, tickSeconds })).toEqual([]);
  });
});

test('a program with at most two rounding modes is never detected', () => {
  const two = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(two, fc.integer({ min: 1, max: 1000 }), fc.integer(), (modes, rate, seed) => {
      const weights = FOUR.map((_, mode) => Number(modes.includes(mode)));
      expect(watch({ weights, samplesPerSecond: rate, seed, seconds: 60 })).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test('a sighting has the process and the figures, and each tick adds its samples', () => {
  const seen = watch({ weights: FOUR, seconds: 300 });
  const [[, first] = []] = seen;
  expect(first).toMatchObject({ signal: 'randomx', cgroupId: 7, pid: 42, command: 'miner' });
  expect(first?.detail).toMatch(
    /^flush-to-zero on; rounding modes: \d+ nearest, \d+ down, \d+ up, \d+ toward zero, in \d+\.\d s of CPU time$/,
  );
  const total = seen.reduce((sum, [, { count }]) => sum + count, 0);
  expect(total).toBeGreaterThan(0.8 * 2.3 * 300);
  expect(total).toBeLessThan(1.2 * 2.3 * 300);
});

test('a stopped program is no longer reported', () => {
  const seen = watch({ weights: FOUR, isBusy: (seconds) => seconds < 100, seconds: 300 });
  expect(seen.at(-1)?.[0]).toBeLessThanOrEqual(106);
});

test('counts from before the first look are ignored', () => {
  const counts = [500, 500, 500, 500];
  const detector = new RandomxDetector();
  for (const seconds of [0, 5, 10, 15, 20, 25]) {
    const cpu = new Map([[7, { oncpuNs: seconds * 1e9, waitNs: 0, tirelessNs: 0 }]]);
    const footprints = [footprint({ preempted: counts })];
    expect([...detector.detect(observation({ seconds, footprints, cpu }))]).toEqual([]);
  }
});

test('a falling counter belongs to another cgroup and resets the baseline', () => {
  const detector = new RandomxDetector();
  watch({ weights: FOUR, seconds: 60 }, detector);
  const cpu = new Map([[7, { oncpuNs: 1e12, waitNs: 0, tirelessNs: 0 }]]);
  const footprints = [footprint({ preempted: [1, 1, 1, 1] })];
  expect([...detector.detect(observation({ seconds: 65, footprints, cpu }))]).toEqual([]);
});

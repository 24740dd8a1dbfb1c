import { expect, test } from 'vitest';
import { randomFrom } from '../../seeded-random.ts';
import { observation } from '../observation.fixture.ts';
import type { Sighting } from '../sighting.ts';
import { TirelessDetector } from './tireless.ts';

/** CPUs used by tireless threads at a time in seconds. */
type Load = (seconds: number) => number;

/** Runs a detector on a load. Returns the sightings with their times. */
function watch(
  load: Load,
  { seconds = 900, tickSeconds = 5, wait = (() => 0) as Load } = {},
): [number, Sighting][] {
  const detector = new TirelessDetector();
  const seen: [number, Sighting][] = [];
  let [tirelessNs, waitNs] = [1, 0];
  for (let at = 0; at <= seconds; at += tickSeconds) {
    const cpu = new Map([[7, { oncpuNs: tirelessNs, waitNs, tirelessNs }]]);
    for (const sighting of detector.detect(observation({ seconds: at, cpu })))
      seen.push([at, sighting]);
    for (let second = at; second < at + tickSeconds; second++) {
      tirelessNs += load(second) * 1e9;
      waitNs += wait(second) * 1e9;
    }
  }
  return seen;
}

test.each([1, 5])(
  'a steady load is detected within 5 minutes, with a tick every %d s',
  (tickSeconds) => {
    const [[at, sighting] = [Infinity, undefined]] = watch(() => 2, { tickSeconds });
    expect(at).toBeLessThanOrEqual(300);
    expect(sighting).toMatchObject({ signal: 'tireless_cpu', cgroupId: 7, count: 1 });
    expect(sighting?.detail).toBe(
      'threads that almost never sleep used 2.00 CPUs at a steady rate for 4 minutes',
    );
  },
);

test('a quota of a quarter of a CPU is detected, a tenth is not', () => {
  expect(watch(() => 0.25)).not.toEqual([]);
  expect(watch(() => 0.1)).toEqual([]);
});

test('a few percent of noise still count as steady', () => {
  const random = randomFrom(3);
  expect(watch(() => 1.9 + 0.2 * random())).not.toEqual([]);
});

test.each<[string, Load]>([
  ['a compiler, now two jobs and now one', (at) => (at % 90 < 45 ? 2 : 1)],
  ['an encoder that waits for its input', (at) => (at % 60 < 40 ? 1 : 0.2)],
  ['work of three minutes', (at) => (at < 180 ? 2 : 0)],
])('%s is not detected', (_what, load) => {
  expect(watch(load)).toEqual([]);
});

test('the share of the CPUs left by other programs may vary', () => {
  const random = randomFrom(5);
  const others = Array.from({ length: 60 }, () => 1.5 * random());
  const taken: Load = (at) => others[Math.floor(at / 20)] ?? 0;
  const left: Load = (at) => 2 - taken(at);
  expect(watch(left)).toEqual([]);
  expect(watch(left, { wait: taken })).not.toEqual([]);
});

test('it is reported once per piece while it lasts, and not after its end', () => {
  const seen = watch((at) => (at < 600 ? 2 : 0)).map(([at]) => at);
  expect(seen.length).toBeGreaterThan(15);
  for (const [i, at] of seen.slice(1).entries()) expect(at - (seen[i] ?? 0)).toBe(20);
  expect(seen.at(-1)).toBeLessThanOrEqual(620);
});

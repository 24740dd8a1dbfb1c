import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keepTicking } from './ticker.ts';

/** When each tick began, in intervals after the start, until `count` of them. */
async function beatsOf(count: number, lastsMs: (beat: number) => number): Promise<number[]> {
  const intervalMs = 40;
  const stop = new AbortController();
  const beats: number[] = [];
  const beganMs = performance.now();
  const tick = async () => {
    beats.push((performance.now() - beganMs) / intervalMs);
    await sleep(lastsMs(beats.length));
    if (beats.length === count) stop.abort();
  };
  await keepTicking(intervalMs, tick, stop.signal);
  return beats.map(Math.round);
}

test('ticks keep to their beat whatever they take themselves', async () => {
  expect(await beatsOf(4, () => 15)).toEqual([1, 2, 3, 4]);
});

test('a tick that lasts too long makes the next beats be skipped, not pile up', async () => {
  expect(await beatsOf(3, (beat) => (beat === 1 ? 90 : 0))).toEqual([1, 4, 5]);
});

test('the signal ends it at once', async () => {
  const beganMs = performance.now();
  await keepTicking(60_000, async () => {}, AbortSignal.timeout(10));
  expect(performance.now() - beganMs).toBeLessThan(1000);
});

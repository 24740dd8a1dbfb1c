import { expect, test } from 'vitest';
import { RequestRate } from './request-rate.ts';
import { TokenBuckets } from './token-buckets.ts';

const RATE = { intervalMs: 100, burst: 3 };

/** The number of simultaneous requests that are admitted. */
function admitted(rate: TokenBuckets | RequestRate, address: string, requests: number, nowMs = 0) {
  const waitMs = () =>
    rate instanceof TokenBuckets ? rate.takeToken(address, nowMs) : rate.admit(address, nowMs);
  let count = 0;
  for (let i = 0; i < requests; i++) if (waitMs() === 0) count++;
  return count;
}

test('a burst is admitted, then one in each interval', () => {
  const buckets = new TokenBuckets(RATE);
  expect(admitted(buckets, 'a', 10, 1000)).toBe(3);
  expect(buckets.takeToken('a', 1000)).toBe(100);
  expect(buckets.takeToken('a', 1040)).toBe(60);
  expect(admitted(buckets, 'a', 10, 1100)).toBe(1);
  expect(admitted(buckets, 'a', 10, 1350)).toBe(2);
  expect(admitted(buckets, 'a', 10, 99_000)).toBe(3);
});

test('a burst of one is admitted at any time', () => {
  for (let i = 0; i < 1000; i++) {
    const buckets = new TokenBuckets({ intervalMs: 60_000, burst: 1 });
    const nowMs = (i * 7919) / 13;
    expect([buckets.takeToken('a', nowMs), buckets.takeToken('a', nowMs) > 0]).toEqual([0, true]);
  }
});

test('each address has a bucket of its own', () => {
  const buckets = new TokenBuckets(RATE);
  expect(admitted(buckets, 'a', 10)).toBe(3);
  expect(admitted(buckets, 'b', 10)).toBe(3);
});

test('a refused address stays known, for any number of other addresses', () => {
  const buckets = new TokenBuckets(RATE);
  expect(admitted(buckets, 'a', 3)).toBe(3);
  for (let i = 0; i < 4095; i++) buckets.takeToken(`other ${i}`, 0);
  expect(admitted(buckets, 'a', 1)).toBe(0);
  buckets.takeToken('one more', 0);
  expect(admitted(buckets, 'a', 1)).toBe(1);
});

test('under load from all addresses, one with few requests is still served', () => {
  const rate = new RequestRate({ intervalMs: 100, burst: 1000 });
  for (let i = 0; i < 4; i++) expect(admitted(rate, `greedy ${i}`, 1000)).toBe(1000);
  expect(admitted(rate, 'greedy 5', 1000)).toBe(64);
  expect(admitted(rate, 'modest', 32)).toBe(32);
  expect([rate.isSpent('greedy 5', 0), rate.isSpent('modest', 0)]).toEqual([true, false]);
});

test('an address whose clients do not read responses uses up its requests', () => {
  const rate = new RequestRate({ intervalMs: 20, burst: 100 });
  rate.penalize('a', 0);
  expect(admitted(rate, 'a', 200)).toBe(50);
  for (let i = 0; i < 100; i++) rate.penalize('a', 0);
  expect([rate.admit('a', 2010) > 0, rate.admit('a', 2020)]).toEqual([true, 0]);
  expect(admitted(rate, 'b', 200, 99_000)).toBe(100);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROTOCOLS, WAIT_BOUNDS_SECONDS } from './usage.ts';

const header = readFileSync(join(import.meta.dirname, '../../../bpf/lib/wire.h'), 'utf8');

test('protocols are in the order of the C header', () => {
  const [, members = ''] = /enum protocol \{([^}]*)\}/.exec(header) ?? [];
  const names = Array.from(members.matchAll(/PROTOCOL_(\w+)/g), ([, name = '']) => name);
  expect(PROTOCOLS).toEqual(names.map((name) => name.toLowerCase()));
});

test('the bounds of the waiting-time histogram equal those of the C header', () => {
  const [, numbers = ''] = /WAIT_BOUNDS_NS\s*\\\s*\{([^}]*)\}/.exec(header) ?? [];
  const bounds = Array.from(numbers.matchAll(/(\d+)ULL/g), ([, ns]) => Number(ns) / 1e9);
  expect(WAIT_BOUNDS_SECONDS).toEqual([...bounds, Number.POSITIVE_INFINITY]);
});

test('a histogram has a bucket for each bound', () => {
  const [, buckets] = /#define WAIT_BUCKETS (\d+)/.exec(header) ?? [];
  expect(WAIT_BOUNDS_SECONDS).toHaveLength(Number(buckets));
});

import { cpus } from 'node:os';
import { expect, test } from 'vitest';
import { shares } from './hook-shares.ts';

const measured = (what: string, ns: number) => ({ what, measured: ns, unit: 'ns' });
const FIGURES = [
  measured('context switch, between two cgroups', 30),
  measured('RandomX sample, short slices', 20),
  measured('RandomX sample, at each switch', 100),
  measured('exec, without arguments', 1000),
  measured('mapping, one page', -5),
  measured('packet, UDP of 64 bytes, connected socket', 40),
  measured('packet, TCP stream (super-packets)', 400),
];

test('a share is that of the most expensive ordinary workload of its kind', () => {
  const [ofSwitches, ofPackets] = shares(FIGURES);
  expect(ofSwitches?.measured).toBeCloseTo(0.015);
  expect(ofPackets?.measured).toBeCloseTo(0.4);
});

test('mining detection is a share of the node, for each kind and in total', () => {
  const [samples, execs, mappings, all] = shares(FIGURES).slice(2);
  expect(samples?.measured).toBeCloseTo(0.05 / cpus().length);
  expect(execs?.measured).toBeCloseTo(0.01 / cpus().length);
  expect(mappings?.measured).toBe(0);
  expect(all?.measured).toBeCloseTo(0.06 / cpus().length);
});

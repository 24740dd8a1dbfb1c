import { expect, test } from 'vitest';
import type { Signal } from '../../src/core/mining/signal.ts';
import { hoursTable, mostBehind } from './hours-table.ts';
import {
  ablationTable,
  confusionOf,
  innocentTable,
  recallsByClass,
  recallTable,
  type TableOutcome,
} from './outcome-tables.ts';
import { Peaks } from './peaks.ts';
import { wholeTable } from './whole-table.ts';

function outcome(
  family: string,
  expected: TableOutcome['scenario']['expected'],
  { signals = [], seconds }: { signals?: readonly Signal[]; seconds?: number },
): TableOutcome {
  const peaks = new Peaks();
  peaks.note(
    signals.map((signal) => ({ signal, lastSeconds: 0 })),
    0,
  );
  return { scenario: { family, what: 'gcc', expected }, peaks, foundSeconds: seconds };
}

const OUTCOMES = [
  outcome('footprint', 'mining', { signals: ['randomx'], seconds: 10 }),
  outcome('footprint', 'mining', { signals: ['randomx', 'argv', 'msr'], seconds: 20 }),
  outcome('shape', 'suspicious', { signals: ['pool_flow', 'tireless_cpu'], seconds: 300 }),
  outcome('shape', 'suspicious', { signals: ['pool_flow'] }),
  outcome('compilers', 'nothing', {}),
  outcome('compilers', 'nothing', { signals: ['pool_name', 'exec_place'], seconds: 5 }),
];

const cellsOf = (table: string) => table.split('\n').map((line) => line.slice(2, -2).split(' | '));

test('miners are counted by class, with the time to detection', () => {
  const [, , footprint, shape, all] = cellsOf(recallTable(OUTCOMES));
  expect(footprint?.slice(0, 3)).toEqual(['footprint', 'mining', '2/2']);
  expect(footprint?.slice(4)).toEqual(['20 s', '20 s']);
  expect(shape?.slice(0, 3)).toEqual(['shape', 'suspicious', '1/2']);
  expect(all?.[2]).toBe('3/4');
  expect(recallsByClass(OUTCOMES)).toEqual([1, 0.5]);
});

test('benign programs are counted separately', () => {
  const [, , compilers] = cellsOf(innocentTable(OUTCOMES));
  expect(compilers).toEqual(['compilers', '2', '0', '1', '9.5–90.5 %', '55', 'gcc']);
});

test('an ablation shows the signals that recall depends on', () => {
  expect(cellsOf(ablationTable(OUTCOMES))).toEqual([
    ['miners', 'all signals', '`randomx`', '`tireless_cpu`', '`pool_flow`'],
    ['---', '---', '---', '---', '---'],
    ['footprint', '100.0 %', '50.0 %', '·', '·'],
    ['shape', '50.0 %', '·', '0.0 %', '0.0 %'],
    ['all', '75.0 %', '50.0 %', '50.0 %', '50.0 %'],
  ]);
});

test('parts that are apart count only in the last row', () => {
  const confusion = confusionOf(OUTCOMES);
  expect(confusion).toEqual({ miners: 4, detected: 3, innocents: 2, wrong: 1 });
  const padded = { what: 'padded', confusion: { ...confusion, detected: 0 }, isApart: true };
  const [, , , , usual, all] = cellsOf(wholeTable([{ what: 'plain', confusion }, padded]));
  expect(usual?.slice(3)).toEqual(['75.0 %', '75.0 %', '75.0 %']);
  expect(all?.slice(3)).toEqual(['37.5 %', '60.0 %', '46.2 %']);
});

test('the upper bound without alarms is the rule of three', () => {
  expect(mostBehind(0)).toBeCloseTo(3, 2);
  // Exact: half the 95 % quantile of the chi-squared distribution of 2 (n + 1) degrees.
  expect(mostBehind(1)).toBeCloseTo(4.74, 1);
  expect(mostBehind(10)).toBeCloseTo(16.96, 1);
  const [, , line] = cellsOf(
    hoursTable([{ what: 'programs', podHours: 4000, suspicions: 0, alerts: 0 }]),
  );
  expect(line).toEqual(['programs', '4,000', '0', '0', '0.00 (at most 0.75)']);
});

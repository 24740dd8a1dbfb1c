import { expect, test } from 'vitest';
import { figureLines, isOver } from './report.ts';

test('a figure is over its limit if it is greater, or not a number', () => {
  const figure = { what: 'tick', unit: 'ms', limit: 20 };
  expect(isOver({ ...figure, measured: 20 })).toBe(false);
  expect(isOver({ ...figure, measured: 20.1 })).toBe(true);
  expect(isOver({ ...figure, measured: Number.NaN })).toBe(true);
});

test('a line has a name, the median, the range, and the limit with its result', () => {
  const lines = figureLines([
    { what: 'switch', measured: 31.25, unit: 'ns', range: [29, 34.5], limit: 40, note: 'empty 44' },
    { what: 'RSS', measured: 120, unit: 'MB', limit: 110 },
  ]);
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['switch', '31.3 ns', '29 … 34.5', '≤ 40 ok', 'empty 44'],
    ['RSS', '120 MB', '≤ 110 OVER'],
  ]);
});

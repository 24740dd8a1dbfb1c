import { expect, test } from 'vitest';
import { Peaks } from './peaks.ts';
import { reportOf } from './results.ts';
import type { Outcome, Scenario } from './scenario.ts';

const cell = { dialect: 'CryptoNote', evasion: 'plain', flows: 30, found: { Vigia: 29, nDPI: 3 } };
const dialects = { cells: [cell], benign: [{ ...cell, dialect: 'MCP', found: { nDPI: 30 } }] };

function outcome(
  expected: Scenario['expected'],
  foundSeconds?: number,
  family: string = 'any',
): Outcome {
  const begin = async () => new AsyncDisposableStack();
  const scenario = { family, what: 'gcc', expected, seconds: 25, begin };
  return { scenario, peaks: new Peaks(), foundSeconds, tape: { ticks: [] } };
}

const isThere = (report: string, line: string) => report.split('\n').includes(line);

test('without programs the report has only flows', () => {
  const of = { outcomes: [], dialects, shapes: undefined, replayed: [], benignSlices: 0 };
  const report = reportOf(of);
  expect(report).toContain('dialects only, no programs were run');
  expect(report).not.toContain('Overview');
  expect(
    isThere(
      report,
      '| CryptoNote | 30 | 29/30 (83.3–99.4 %) | 10.0 % | 0.0 % | 0.0 % | 0.0 % | 0.0 % |',
    ),
  ).toBe(true);
  expect(
    isThere(report, '| MCP | 30 | 0/30 (0.0–11.4 %) | 100.0 % | 0.0 % | 0.0 % | 0.0 % | 0.0 % |'),
  ).toBe(true);
});

test('the overview has processes, flows and traffic patterns; the mean weighs classes equally', () => {
  const report = reportOf({
    outcomes: [outcome('mining', 10), outcome('mining'), outcome('nothing')],
    dialects,
    shapes: {
      miners: [outcome('suspicious', 300, 'plain'), outcome('suspicious', undefined, 'padded')],
      innocents: [outcome('nothing')],
      hours: { what: 'shapes', podHours: 1, suspicions: 0, alerts: 0 },
    },
    replayed: [{ what: 'programs', podHours: 10, suspicions: 0, alerts: 0 }],
    benignSlices: 1234,
  });
  expect(report).toContain('with 1,234 scheduling slices');
  expect(report).toMatch(/^\| processes \| 1\/2 .* \| 0\/1 .* \| 50.0 % \| 100.0 % \| 66.7 % \|$/m);
  expect(report).toMatch(
    /^\| protocol flows \| 29\/30 .* \| 0\/30 .* \| 96.7 % \| 100.0 % \| 98.3 % \|$/m,
  );
  expect(report).toMatch(
    /^Mean recall over the 3 classes that are not padded, each with the same weight: 82.2 %\.$/m,
  );
});

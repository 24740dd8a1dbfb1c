import { quantile } from '../../lab/measure/statistics.ts';
import { groupedBy, intervalOf, secondsText, table } from './markdown.ts';
import type { Outcome } from './scenario.ts';

/** One row per scenario. */
export function resultTable(outcomes: readonly Outcome[]): string {
  const keyOf = ({ scenario: { family, what } }: Outcome) => `${family}\0${what}`;
  const rows = [...groupedBy(outcomes, keyOf).values()].map((group) => {
    const [{ scenario } = NOBODY] = group;
    const times = group.flatMap(({ foundSeconds }) => foundSeconds ?? []);
    const signals = [...new Set(group.flatMap(({ peaks }) => peaks.signals))].join(', ');
    return [
      scenario.family,
      scenario.what,
      scenario.expected,
      `${times.length}/${group.length}`,
      intervalOf(times.length, group.length),
      secondsText(quantile(times, 0.5)),
      secondsText(quantile(times, 0.95)),
      signals || '–',
    ];
  });
  const heads = [
    'class',
    'scenario',
    'expected',
    'detected',
    '95 % interval',
    'p50',
    'p95',
    'signals',
  ];
  return table(heads, rows);
}

const NOBODY = { scenario: { family: '', what: '', expected: 'nothing' } } as const;

import { quantile, wilson } from '../statistics.ts';
import type { Outcome } from './scenario.ts';

/** One line for each scenario, in the words of Markdown. */
export function resultTable(outcomes: readonly Outcome[]): string {
  const rows = grouped(outcomes).map((group) => {
    const [{ scenario } = NOBODY] = group;
    const times = group.flatMap(({ foundSeconds }) => foundSeconds ?? []);
    const told = times.length;
    const [low, high] = wilson(told, group.length).map((share) => (100 * share).toFixed(1));
    const signals = [...new Set(group.flatMap((outcome) => outcome.peaks.signals))].join(', ');
    return [
      scenario.family,
      scenario.what,
      scenario.expected,
      `${told}/${group.length}`,
      `${low}–${high} %`,
      told === 0 ? '–' : seconds(quantile(times, 0.5)),
      told === 0 ? '–' : seconds(quantile(times, 0.95)),
      signals || '–',
    ];
  });
  const heads = ['class', 'scenario', 'wanted', 'told', '95 % interval', 'p50', 'p95', 'signals'];
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const NOBODY = { scenario: { family: '', what: '', expected: 'nothing' } } as const;

function grouped(outcomes: readonly Outcome[]): Outcome[][] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.scenario.family}\0${outcome.scenario.what}`;
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()];
}

function seconds(amount: number): string {
  return `${amount.toFixed(0)} s`;
}

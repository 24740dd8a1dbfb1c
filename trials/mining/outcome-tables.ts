import { quantile } from '../../lab/measure/statistics.ts';
import { SIGNAL_NAMES, type Signal } from '../../src/core/mining/signal.ts';
import { VERDICTS } from '../../src/core/mining/verdict/finding.ts';
import { type Confusion, together } from './confusion.ts';
import { groupedBy, intervalOf, percent, secondsText, table } from './markdown.ts';
import type { Outcome } from './scenario.ts';
import { wantedScore } from './watch.ts';

/** The fields of an outcome that the tables use. */
export interface TableOutcome extends Pick<Outcome, 'foundSeconds'> {
  readonly scenario: Pick<Outcome['scenario'], 'family' | 'what' | 'expected'>;
  readonly peaks: Pick<Outcome['peaks'], 'score' | 'without'>;
}

const ALL = 'all';
const isMiner = ({ scenario }: TableOutcome) => scenario.expected !== 'nothing';
const familyOf = ({ scenario }: TableOutcome) => scenario.family;

export function confusionOf(outcomes: readonly TableOutcome[]): Confusion {
  return together(
    outcomes.map((outcome) => {
      const found = Number(outcome.foundSeconds !== undefined);
      return isMiner(outcome)
        ? { miners: 1, detected: found, innocents: 0, wrong: 0 }
        : { miners: 0, detected: 0, innocents: 1, wrong: found };
    }),
  );
}

/** For each class of miners: how many were detected, and after how long. */
export function recallTable(outcomes: readonly TableOutcome[]): string {
  const rows = groupedRows(outcomes.filter(isMiner), (family, group) => {
    const times = group.flatMap(({ foundSeconds }) => foundSeconds ?? []);
    const wanted = [...new Set(group.map(({ scenario }) => scenario.expected))].join(', ');
    return [
      family,
      wanted,
      `${times.length}/${group.length}`,
      intervalOf(times.length, group.length),
      secondsText(quantile(times, 0.5)),
      secondsText(quantile(times, 0.95)),
    ];
  });
  return table(['miners', 'expected', 'detected', '95 % interval', 'p50', 'p95'], rows);
}

/** For each class of benign programs: false positives, the highest score, and the scenarios. */
export function innocentTable(outcomes: readonly TableOutcome[]): string {
  const rows = groupedRows(
    outcomes.filter((outcome) => !isMiner(outcome)),
    (family, group) => {
      const wrong = group.filter(({ foundSeconds }) => foundSeconds !== undefined).length;
      const scores = group.map(({ peaks }) => peaks.score);
      const alerts = scores.filter((score) => score >= VERDICTS.mining).length;
      const interval = intervalOf(wrong, group.length);
      const counts = [group.length, alerts, wrong].map(String);
      const names =
        family === ALL ? '' : [...new Set(group.map(({ scenario }) => scenario.what))].join('; ');
      return [family, ...counts, interval, String(Math.max(...scores)), names];
    },
  );
  const heads = [
    'benign',
    'runs',
    'alerts',
    'suspicious',
    '95 % interval',
    'highest score',
    'scenarios',
  ];
  return table(heads, rows);
}

/** Recall for each class of miners. */
export function recallsByClass(outcomes: readonly TableOutcome[]): number[] {
  return [...groupedBy(outcomes.filter(isMiner), familyOf).values()].map(recall);
}

/** Recall for each class of miners, by the score without each signal. */
export function ablationTable(outcomes: readonly TableOutcome[]): string {
  const miners = outcomes.filter(isMiner);
  const missed = SIGNAL_NAMES.filter((signal) => recallWithout(miners, signal) < recall(miners));
  const rows = groupedRows(miners, (family, group) => [
    family,
    percent(recall(group)),
    ...missed.map((signal) => {
      const [all, left] = [recall(group), recallWithout(group, signal)];
      return left === all ? '·' : percent(left);
    }),
  ]);
  return table(['miners', 'all signals', ...missed.map((signal) => `\`${signal}\``)], rows);
}

function recall(miners: readonly TableOutcome[]): number {
  return miners.filter(({ foundSeconds }) => foundSeconds !== undefined).length / miners.length;
}

function recallWithout(miners: readonly TableOutcome[], signal: Signal): number {
  const isLeft = ({ peaks, scenario }: TableOutcome) =>
    peaks.without(signal) >= wantedScore(scenario);
  return miners.filter(isLeft).length / miners.length;
}

function groupedRows(
  outcomes: readonly TableOutcome[],
  rowOf: (family: string, group: readonly TableOutcome[]) => string[],
): string[][] {
  const groups = [...groupedBy(outcomes, familyOf)].map(([family, group]) => rowOf(family, group));
  return groups.length > 0 ? [...groups, rowOf(ALL, outcomes)] : [];
}

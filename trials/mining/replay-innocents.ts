import type { Hours } from './hours-table.ts';
import { replay } from './replay.ts';
import type { Outcome } from './scenario.ts';

/**
 * Replays benign programs one after the other in random order. A program with a weak signal stays in its
 * own pod, because one pod with all of these signals would be suspicious, but is not realistic.
 */
export function replayInnocents(outcomes: readonly Outcome[], podHours: number): Hours[] {
  const innocents = outcomes.filter(({ scenario }) => scenario.expected === 'nothing');
  const hasSign = ({ scenario, peaks }: Outcome) => scenario.isLight || peaks.signals.length > 0;
  const programs = innocents.filter((each) => !hasSign(each));
  const signs = innocents.filter(hasSign);
  const tapes = (some: readonly Outcome[]) => some.map(({ tape }) => tape);
  return [
    { what: 'programs, replayed', ...replay(tapes(programs), { podHours }) },
    {
      what: 'programs with weak signals, replayed',
      ...replay(tapes(signs), { podHours, isApart: true }),
    },
  ];
}

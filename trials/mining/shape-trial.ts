/**
 * Gives simulated connections and CPU loads to the behavioral detectors and prints the detection rates.
 * Needs no kernel, root or network.
 *
 *   node trials/mining/shape-trial.ts [RUNS] [HOURS]
 */

import { quantile, wilson } from '../../lab/measure/statistics.ts';
import { INNOCENT_KINDS, minerKinds, ownLoadOf, POOL_SECONDS } from './shape-classes.ts';
import { type ShapeOutcome, watchKind } from './shape-watch.ts';
import { LOAD_KINDS } from './traces/load-traces.ts';

/** The detection time counted as "within 8 min". */
const SOON_SECONDS = 480;

function main([runs = '200', hours = '1']: readonly string[]): void {
  print(`${runs} simulated pods per kind, ticks of 5 s.`);
  print('\nMiners, half an hour each: share that became suspicious.\n');
  print('| connection | load | flow detected | suspicious | within 8 min | interval | p50 | p95 |');
  print('|---|---|---|---|---|---|---|---|');
  for (const [what, load, kind] of minerKinds())
    print(minerLine(`${what} | ${load}`, watchKind(kind, Number(runs), POOL_SECONDS)));
  print(`\nBenign pods, ${hours} h each: with their own load, and beside tireless threads.\n`);
  print('| connection | flow detected | load | suspicious | if tireless | interval |');
  print('|---|---|---|---|---|---|');
  const own: ShapeOutcome[] = [];
  for (const [what, flow] of Object.entries(INNOCENT_KINDS)) {
    const load = ownLoadOf(what);
    const seconds = Number(hours) * 3600;
    const usual = watchKind({ flow, load: LOAD_KINDS[load] }, Number(runs), seconds);
    const tireless =
      load === 'steady'
        ? usual
        : watchKind({ flow, load: LOAD_KINDS.steady }, Number(runs), seconds);
    own.push(...usual);
    print(innocentLine(what, load, { usual, tireless }));
  }
  print(`\nAll benign pods with their own loads: ${alarmText(own, Number(hours))}`);
}

function minerLine(what: string, outcomes: readonly ShapeOutcome[]): string {
  const times = outcomes.flatMap(({ suspiciousSeconds }) => suspiciousSeconds ?? []);
  const soon = times.filter((seconds) => seconds <= SOON_SECONDS).length;
  const all = outcomes.length;
  const cells = [flowShare(outcomes), percent(times.length / all), percent(soon / all)];
  const seconds = [0.5, 0.95].map((share) => (times.length ? `${quantile(times, share)} s` : '–'));
  return `| ${[what, ...cells, interval(soon, all), ...seconds].join(' | ')} |`;
}

interface Loads {
  readonly usual: readonly ShapeOutcome[];
  readonly tireless: readonly ShapeOutcome[];
}

function innocentLine(what: string, load: string, { usual, tireless }: Loads): string {
  const [own, worst] = [usual, tireless].map((each) => each.filter(({ alarms }) => alarms).length);
  const all = tireless.length;
  const cells = [flowShare(usual), load, percent((own ?? 0) / all), percent((worst ?? 0) / all)];
  return `| ${[what, ...cells, interval(worst ?? 0, all)].join(' | ')} |`;
}

function alarmText(outcomes: readonly ShapeOutcome[], hours: number): string {
  const detected = outcomes.filter(({ alarms }) => alarms > 0).length;
  const alarms = outcomes.reduce((sum, each) => sum + each.alarms, 0);
  const podHours = outcomes.length * hours;
  const rate = ((1000 * alarms) / podHours).toFixed(2);
  return (
    `${detected} of ${outcomes.length} (${percent(detected / outcomes.length)}, ${interval(detected, outcomes.length)}), ` +
    `${rate} alarms per 1,000 pod-hours, in ${podHours} simulated pod-hours`
  );
}

function flowShare(outcomes: readonly ShapeOutcome[]): string {
  return percent(outcomes.filter(({ flowSeconds }) => flowSeconds).length / outcomes.length);
}

function interval(found: number, trials: number): string {
  const [low, high] = wilson(found, trials).map(percent);
  return `${low}–${high}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2));

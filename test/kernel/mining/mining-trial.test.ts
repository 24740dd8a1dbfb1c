import { expect, test } from 'vitest';
import { openScene } from '../../../lab/scene/scene.ts';
import { benignScenarios } from '../../../trials/mining/benign.ts';
import { execScenarios } from '../../../trials/mining/exec-scenarios.ts';
import { ablationTable, confusionOf } from '../../../trials/mining/outcome-tables.ts';
import { randomxScenarios } from '../../../trials/mining/randomx.ts';
import { replay } from '../../../trials/mining/replay.ts';
import { replayInnocents } from '../../../trials/mining/replay-innocents.ts';
import type { Outcome, Scenario } from '../../../trials/mining/scenario.ts';
import { Watch } from '../../../trials/mining/watch.ts';

/** One of each class of miners, and the most different harmless programs. */
const CHOSEN = [
  'the default restored before each yield',
  'stopped half of the time',
  'renamed, from a memfd, nothing in clear',
  'from a memfd',
  'xmrig',
  'a shell with the loader',
  'registers and dataset',
  'a pool by TLS, and a dataset',
  'CryptoNote, all evasions',
  'gcc -ffast-math',
  'interval arithmetic',
  'openssl speed aes',
  'a web site of a pool, by TLS',
  'a program called like a miner',
  'a search for a pool',
];
const POD_HOURS = 90;

/** A longer watch does not report more. */
const WATCHED_SECONDS = 25;

test('the mining benchmark reports one of each class, and nothing else', async () => {
  await using scene = await openScene();
  const watch = new Watch(scene);
  const outcomes = await watch.run(chosen(), AbortSignal.timeout(100_000));

  const untold = ({ foundSeconds }: Outcome) => foundSeconds === undefined;
  const miners = outcomes.filter(({ scenario }) => scenario.expected !== 'nothing');
  const innocents = outcomes.filter(({ scenario }) => scenario.expected === 'nothing');
  expect(miners.filter(untold).map(nameOf)).toEqual([]);
  expect(innocents.filter((each) => !untold(each)).map(nameOf)).toEqual([]);
  expect(confusionOf(outcomes)).toEqual({ miners: 9, told: 9, innocents: 6, wrong: 0 });
  expect(watch.benignSlices).toBeGreaterThan(100);

  expect(withoutRandomx(ablationTable(outcomes))).toEqual({
    'RandomX footprint': '0.0 %',
    'RandomX, throttled': '0.0 %',
    'a whole miner': '0.0 %',
    'told on the command line': '·',
    'a name and arguments': '·',
    'registers of the processor': '·',
    'prepared for RandomX': '·',
    'weak signs together': '·',
    'a protocol in clear': '·',
    all: '66.7 %',
  });

  for (const { podHours, suspicions } of replayInnocents(outcomes, POD_HOURS))
    expect([podHours, suspicions]).toEqual([POD_HOURS, 0]);
  const tapes = miners.map(({ tape }) => tape);
  const pods = { podHours: POD_HOURS, hoursEach: POD_HOURS / tapes.length, isApart: true };
  expect(replay(tapes, pods).suspicions).toBe(tapes.length);
});

function chosen(): Scenario[] {
  const all = [...randomxScenarios, ...execScenarios, ...benignScenarios];
  return CHOSEN.map((name) => {
    const found = all.find(({ what }) => what === name);
    if (!found) throw new Error(`no scenario is called ${name}`);
    return { ...found, seconds: WATCHED_SECONDS };
  });
}

function nameOf({ scenario, peaks }: Outcome): string {
  return `${scenario.what}: ${peaks.score} of ${peaks.signals.join(', ')}`;
}

/** For each class, the cell under the strongest signal. */
function withoutRandomx(table: string): Record<string, string | undefined> {
  const [heads = [], , ...rows] = table.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const column = heads.indexOf('`randomx`');
  return Object.fromEntries(rows.map((row) => [row[0], row[column]]));
}

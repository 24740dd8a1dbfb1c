import { expect, test } from 'vitest';
import { openScene } from '../../../lab/scene/scene.ts';
import { benignScenarios } from '../../../trials/mining/benign.ts';
import { execScenarios } from '../../../trials/mining/exec-scenarios.ts';
import { ablationTable, confusionOf } from '../../../trials/mining/outcome-tables.ts';
import { randomxScenarios } from '../../../trials/mining/randomx-scenarios.ts';
import { replay } from '../../../trials/mining/replay.ts';
import { replayInnocents } from '../../../trials/mining/replay-innocents.ts';
import type { Outcome, Scenario } from '../../../trials/mining/scenario.ts';
import { Watch } from '../../../trials/mining/watch.ts';

/** One miner of each of nine classes, and six very different benign programs. */
const CHOSEN = [
  'default mode restored before each yield',
  'stopped half the time',
  'renamed, started from a memfd, no readable traffic',
  'from a memfd',
  'xmrig',
  'shell that runs modprobe',
  'MSR access and dataset',
  'pool domain over TLS, dataset',
  'CryptoNote, all evasions',
  'gcc -ffast-math',
  'interval arithmetic',
  'openssl speed aes',
  'pool website over TLS',
  'program named like a miner',
  'grep for a pool URL',
];
const POD_HOURS = 90;

/** All of these are detected sooner, so watching for longer adds nothing. */
const WATCHED_SECONDS = 25;

test('the trial detects one miner of each class, and no benign program', async () => {
  await using scene = await openScene();
  const watch = new Watch(scene);
  const outcomes = await watch.run(chosen(), AbortSignal.timeout(100_000));

  const isMissed = ({ foundSeconds }: Outcome) => foundSeconds === undefined;
  const miners = outcomes.filter(({ scenario }) => scenario.expected !== 'nothing');
  const innocents = outcomes.filter(({ scenario }) => scenario.expected === 'nothing');
  expect(miners.filter(isMissed).map(nameOf)).toEqual([]);
  expect(innocents.filter((each) => !isMissed(each)).map(nameOf)).toEqual([]);
  expect(confusionOf(outcomes)).toEqual({ miners: 9, detected: 9, innocents: 6, wrong: 0 });
  expect(watch.benignSlices).toBeGreaterThan(100);

  expect(withoutRandomx(ablationTable(outcomes))).toEqual({
    'RandomX footprint': '0.0 %',
    'RandomX, throttled': '0.0 %',
    'complete miner': '0.0 %',
    'command line of a miner': '·',
    'name and command line of a miner': '·',
    'MSR access': '·',
    'preparation for RandomX': '·',
    'several weak signals': '·',
    'unencrypted mining protocol': '·',
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
    if (!found) throw new Error(`no such scenario: ${name}`);
    return { ...found, seconds: WATCHED_SECONDS };
  });
}

function nameOf({ scenario, peaks }: Outcome): string {
  return `${scenario.what}: ${peaks.score} of ${peaks.signals.join(', ')}`;
}

/** For each class, the cell of the strongest signal. */
function withoutRandomx(table: string): Record<string, string | undefined> {
  const [heads = [], , ...rows] = table.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const column = heads.indexOf('`randomx`');
  return Object.fromEntries(rows.map((row) => [row[0], row[column]]));
}

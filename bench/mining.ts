import { openScene } from '../test/support/scene.ts';
import { benignScenarios, missingPrograms } from './mining/benign.ts';
import { playDialects } from './mining/dialects.ts';
import { execScenarios } from './mining/exec-scenarios.ts';
import { randomxScenarios } from './mining/randomx.ts';
import { replayInnocents } from './mining/replay-innocents.ts';
import { keepResults, reportOf } from './mining/results.ts';
import { runRounds } from './mining/rounds.ts';
import { watchShapes } from './mining/shape-classes.ts';
import { shapeScenarios } from './mining/shape-scenarios.ts';
import { Watch } from './mining/watch.ts';
import { abortOnSignal } from './stop-signal.ts';

/** Of each kind of shape, simulated; each innocent for so many hours. */
const SHAPE_RUNS = 100;
const SHAPE_HOURS = 1;
/** Of each sort of programs that do not mine, replayed. */
const POD_HOURS = 4000;

/** `node bench/mining.ts [ROUNDS]`, as root. No rounds: dialects alone, which take three minutes. */
async function main([rounds = '1']: readonly string[], signal: AbortSignal): Promise<void> {
  await using scene = await openScene({ mapMemoryBytes: 64 * 1024 ** 2 });
  if (missingPrograms.length > 0) say(`not installed: ${missingPrograms.join(', ')}`);
  const watch = new Watch(scene);
  const scenarios = [...randomxScenarios, ...execScenarios, ...benignScenarios];
  const outcomes = await runRounds(watch, scenarios, { rounds: Number(rounds), signal, say });
  if (outcomes.length > 0) {
    say(`${shapeScenarios.length} more, which take nine minutes`);
    outcomes.push(...(await watch.run(shapeScenarios, signal)));
  }
  const dialects = await playDialects(scene, signal);
  const ran = outcomes.length > 0;
  const report = reportOf({
    outcomes,
    dialects,
    shapes: ran ? watchShapes(SHAPE_RUNS, SHAPE_HOURS) : undefined,
    replayed: ran ? replayInnocents(outcomes, POD_HOURS) : [],
    benignSlices: watch.benignSlices,
  });
  keepResults(report);
  process.stdout.write(`${report}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const signal = abortOnSignal();
await main(process.argv.slice(2), signal).catch((err: unknown) => {
  process.exitCode = 1;
  if (!signal.aborted) throw err;
});

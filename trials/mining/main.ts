import { abortOnSignal } from '../../lab/process/stop-signal.ts';
import { openScene } from '../../lab/scene/scene.ts';
import { benignScenarios, missingPrograms } from './benign.ts';
import { playDialects } from './dialect-trial.ts';
import { execScenarios } from './exec-scenarios.ts';
import { randomxScenarios } from './randomx-scenarios.ts';
import { replayInnocents } from './replay-innocents.ts';
import { keepResults, reportOf } from './results.ts';
import { runRounds } from './rounds.ts';
import { watchShapes } from './shape-classes.ts';
import { shapeScenarios } from './shape-scenarios.ts';
import { Watch } from './watch.ts';

/** Simulated runs per kind of traffic pattern, and hours per benign run. */
const SHAPE_RUNS = 100;
const SHAPE_HOURS = 1;
/** Replayed hours for each group of benign programs. */
const POD_HOURS = 4000;

/** `node trials/mining/main.ts [ROUNDS]`, as root. 0 rounds run the dialects only, in three minutes. */
async function main([rounds = '1']: readonly string[], signal: AbortSignal): Promise<void> {
  await using scene = await openScene({ mapMemoryBytes: 64 * 1024 ** 2 });
  if (missingPrograms.length > 0) print(`not installed: ${missingPrograms.join(', ')}`);
  const watch = new Watch(scene);
  const scenarios = [...randomxScenarios, ...execScenarios, ...benignScenarios];
  const outcomes = await runRounds(watch, scenarios, { rounds: Number(rounds), signal, print });
  if (outcomes.length > 0) {
    print(`${shapeScenarios.length} more, which take nine minutes`);
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

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

const signal = abortOnSignal();
await main(process.argv.slice(2), signal).catch((err: unknown) => {
  process.exitCode = 1;
  if (!signal.aborted) throw err;
});

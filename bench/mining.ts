import { shuffled } from '../test/emulators/json-style.ts';
import { openScene } from '../test/support/scene.ts';
import { benignScenarios } from './mining/benign.ts';
import { dialectTables } from './mining/dialects.ts';
import { randomxScenarios, roundingScenarios } from './mining/randomx.ts';
import { keepResults } from './mining/results.ts';
import type { Outcome, Scenario } from './mining/scenario.ts';
import { resultTable } from './mining/table.ts';
import { Watch } from './mining/watch.ts';
import { abortOnSignal } from './stop-signal.ts';

/** So many share two CPUs: a miner on a busy node. */
const BESIDE_EACH_OTHER = 4;

/** `node bench/mining.ts [ROUNDS]`, as root. No rounds: dialects alone, which take three minutes. */
async function main([rounds = '1']: readonly string[], signal: AbortSignal): Promise<void> {
  await using scene = await openScene({ mapMemoryBytes: 64 * 1024 ** 2 });
  const watch = new Watch(scene);
  const all = [...randomxScenarios, ...roundingScenarios, ...benignScenarios];
  const outcomes: Outcome[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    // Miners and others beside each other.
    for (const batch of batches(shuffled(all, Math.random))) {
      outcomes.push(...(await watch.run(batch, signal)));
      process.stderr.write(`${outcomes.length} of ${all.length * Number(rounds)}\n`);
    }
  }
  const flows = await dialectTables(scene, signal);
  const tables = outcomes.length > 0 ? [resultTable(outcomes), flows] : [flows];
  keepResults(tables.join('\n\n'), watch.benignSlices);
  process.stdout.write(`${tables.join('\n\n')}\n`);
  process.stdout.write(`${watch.benignSlices} slices of programs that do not mine\n`);
}

function* batches(scenarios: readonly Scenario[]): Generator<readonly Scenario[]> {
  for (let at = 0; at < scenarios.length; at += BESIDE_EACH_OTHER)
    yield scenarios.slice(at, at + BESIDE_EACH_OTHER);
}

const signal = abortOnSignal();
await main(process.argv.slice(2), signal).catch((err: unknown) => {
  process.exitCode = 1;
  if (!signal.aborted) throw err;
});

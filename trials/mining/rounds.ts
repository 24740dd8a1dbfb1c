import { shuffled } from './emulators/json-style.ts';
import type { Outcome, Scenario } from './scenario.ts';
import type { Watch } from './watch.ts';

/** Busy scenarios that run at the same time: a miner on a busy node. */
const BESIDE_EACH_OTHER = 5;

export interface RoundOptions {
  readonly rounds: number;
  readonly signal: AbortSignal;
  /** Receives progress messages. */
  readonly print: (line: string) => void;
}

/** Runs all scenarios in each round, miners beside benign programs. Returns outcomes in scenario order. */
export async function runRounds(
  watch: Watch,
  scenarios: readonly Scenario[],
  { rounds, signal, print }: RoundOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const batch of batchesOf(shuffled(scenarios, Math.random))) {
      outcomes.push(...(await watch.run(batch, signal)));
      print(`${outcomes.length} of ${scenarios.length * rounds}`);
    }
  }
  const placeOf = ({ scenario }: Outcome) => scenarios.indexOf(scenario);
  return outcomes.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Light scenarios are spread over all batches. */
export function batchesOf(scenarios: readonly Scenario[]): Scenario[][] {
  const heavy = scenarios.filter(({ isLight }) => !isLight);
  const light = scenarios.filter(({ isLight }) => isLight);
  const count = Math.max(1, Math.ceil(heavy.length / BESIDE_EACH_OTHER));
  return Array.from({ length: count }, (_, i) =>
    [...heavy, ...light].filter((each) => {
      const place = each.isLight ? light.indexOf(each) : heavy.indexOf(each);
      return place % count === i;
    }),
  );
}

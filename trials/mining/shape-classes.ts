import { VERDICTS } from '../../src/core/mining/verdict/finding.ts';
import type { Hours } from './hours-table.ts';
import type { TableOutcome } from './outcome-tables.ts';
import { type ShapeKind, type ShapeOutcome, watchKind } from './shape-watch.ts';
import { BEACON_KINDS, FAILING_KINDS } from './traces/beacon-traces.ts';
import { BENIGN_KINDS } from './traces/benign-traces.ts';
import { LOAD_KINDS, type Load } from './traces/load-traces.ts';
import { POOL_KINDS } from './traces/pool-traces.ts';

export const POOL_SECONDS = 1800;

/** Kinds with threads that rarely sleep. The threads of all other kinds wait for work. */
const OWN_LOADS: Readonly<Record<string, Load>> = {
  'training job that reports steps': 'steady',
  'simulation with MPI heartbeat': 'steady',
  'Ray or Dask worker': 'steady',
  'MQTT sensor': 'one thread',
  'CI worker': 'varying',
  'queue over HTTP, long poll': 'varying',
  'job queue, equal tasks': 'steady',
  'job queue, varying tasks': 'steady',
};

/** The CPU load assumed for a benign kind. */
export function ownLoadOf(what: string): Load {
  return OWN_LOADS[what] ?? 'sleeping';
}

export const INNOCENT_KINDS: typeof BENIGN_KINDS = { ...BENIGN_KINDS, ...FAILING_KINDS };

/** Name of the connection, load, and kind. */
export function minerKinds(): [string, Load, ShapeKind][] {
  const { plain } = POOL_KINDS;
  const flows = Object.entries({ ...POOL_KINDS, ...BEACON_KINDS });
  const kinds = flows.map(([what, flow]): [string, Load, ShapeKind] => [
    what,
    'steady',
    { flow, load: LOAD_KINDS.steady },
  ]);
  for (const load of ['one thread', 'quota of half a CPU', 'quota of a quarter of a CPU'] as const)
    if (plain) kinds.push(['plain', load, { flow: plain, load: LOAD_KINDS[load] }]);
  return kinds;
}

/** Simulated miners and benign pods, detected by traffic pattern and CPU use. */
export interface Shapes {
  readonly miners: readonly TableOutcome[];
  readonly innocents: readonly TableOutcome[];
  readonly hours: Hours;
}

export function watchShapes(runs: number, hours: number): Shapes {
  const miners = minerKinds().flatMap(([what, load, kind]) => {
    const family = load === 'steady' ? what : `${what}, ${load}`;
    return watchKind(kind, runs, POOL_SECONDS).map((each) =>
      tableOutcomeOf(each, family, 'suspicious'),
    );
  });
  const seconds = hours * 3600;
  const watched = Object.entries(INNOCENT_KINDS).flatMap(([what, flow]) =>
    watchKind({ flow, load: LOAD_KINDS[ownLoadOf(what)] }, runs, seconds),
  );
  return {
    miners,
    innocents: watched.map((each) => tableOutcomeOf(each, 'traffic patterns', 'nothing')),
    hours: {
      what: 'traffic patterns, simulated',
      podHours: watched.length * hours,
      suspicions: watched.reduce((sum, { alarms }) => sum + alarms, 0),
      alerts: watched.filter(({ peaks }) => peaks.score >= VERDICTS.mining).length,
    },
  };
}

function tableOutcomeOf(
  { suspiciousSeconds, peaks }: ShapeOutcome,
  family: string,
  expected: TableOutcome['scenario']['expected'],
): TableOutcome {
  return { scenario: { family, what: family, expected }, peaks, foundSeconds: suspiciousSeconds };
}

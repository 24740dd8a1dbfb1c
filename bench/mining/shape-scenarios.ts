import { join } from 'node:path';
import { emulator, startInside } from '../../test/support/process.ts';
import { type Deed, doing, FAR_SECONDS, rounds } from './deeds.ts';
import { startUnderQuota } from './quota.ts';
import type { Scenario } from './scenario.ts';

/** What a shape takes to be told, and some. */
const SECONDS = 540;
const SHAPE = join(import.meta.dirname, '../../test/emulators/pool-shape.ts');

function keeps(kind: 'pool' | 'pings' | 'beacon', seconds: number): Deed {
  return (cgroup) => startInside(cgroup, [process.execPath, SHAPE, kind, String(seconds)]);
}

/** A thread that never sleeps, and leaves the floating-point unit alone. */
const tireless = rounds(['plain', '1']);
const half: Deed = (cgroup) =>
  startUnderQuota(cgroup, 0.5, [emulator('fpu'), FAR_SECONDS, 'plain', '1']);

/** Nothing but its behavior gives it away. */
const MINERS: Readonly<Record<string, readonly Deed[]>> = {
  'a share in 8 s': [keeps('pool', 8), tireless],
  'a share in 20 s': [keeps('pool', 20), tireless],
  'a share in 8 s, half of a CPU': [keeps('pool', 8), half],
  'refused by its pool': [keeps('beacon', 5), tireless],
};

const INNOCENTS: Readonly<Record<string, readonly Deed[]>> = {
  'numeric code': [tireless],
  'numeric code that keeps a connection': [keeps('pings', 15), tireless],
  'a queue with work as rare as shares': [keeps('pool', 10)],
  'a client that retries for ever': [keeps('beacon', 5)],
};

/** Take nine minutes: once, all beside each other. */
export const shapeScenarios: readonly Scenario[] = [
  ...scenarios('behavior alone', 'suspicious', MINERS),
  ...scenarios('behavior that is like it', 'nothing', INNOCENTS),
];

function scenarios(
  family: string,
  expected: Scenario['expected'],
  all: Readonly<Record<string, readonly Deed[]>>,
): readonly Scenario[] {
  return Object.entries(all).map(([what, deeds]) => ({
    family,
    what,
    expected,
    seconds: SECONDS,
    begin: doing(...deeds),
  }));
}

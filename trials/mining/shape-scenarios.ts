import { join } from 'node:path';
import { startInside } from '../../lab/process/process.ts';
import { type Deed, type Deeds, FAR_SECONDS, rounds, scenarios } from './deeds.ts';
import { emulator } from './emulators/emulator.ts';
import { startUnderQuota } from './quota.ts';
import type { Scenario } from './scenario.ts';

/** What a shape takes to be told, and some. */
const WATCHED = { seconds: 540 } as const;
const SHAPE = join(import.meta.dirname, 'emulators/pool-shape.ts');

function keeps(kind: 'pool' | 'pings' | 'beacon', seconds: number): Deed {
  return (cgroup) => startInside(cgroup, [process.execPath, SHAPE, kind, String(seconds)]);
}

/** A thread that never sleeps, and leaves the floating-point unit alone. */
const tireless = rounds(['plain', '1']);
const half: Deed = (cgroup) =>
  startUnderQuota(cgroup, 0.5, [emulator('fpu'), FAR_SECONDS, 'plain', '1']);

/** Nothing but its behavior gives it away. */
const MINERS: Deeds = {
  'a share in 8 s': [keeps('pool', 8), tireless],
  'a share in 20 s': [keeps('pool', 20), tireless],
  'a share in 8 s, half of a CPU': [keeps('pool', 8), half],
  'refused by its pool': [keeps('beacon', 5), tireless],
};

const INNOCENTS: Deeds = {
  'numeric code': [tireless],
  'numeric code that keeps a connection': [keeps('pings', 15), tireless],
  'a queue with work as rare as shares': [keeps('pool', 10)],
  'a client that retries for ever': [keeps('beacon', 5)],
};

/** Take nine minutes: once, all beside each other. */
export const shapeScenarios: readonly Scenario[] = [
  ...scenarios('behavior alone', 'suspicious', MINERS, WATCHED),
  ...scenarios('behavior that is like it', 'nothing', INNOCENTS, WATCHED),
];

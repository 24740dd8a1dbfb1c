import { join } from 'node:path';
import { startInside } from '../../lab/process/process.ts';
import { type Deed, type Deeds, FAR_SECONDS, rounds, scenarios } from './deeds.ts';
import { emulator } from './emulators/emulator.ts';
import { startUnderQuota } from './quota.ts';
import type { Scenario } from './scenario.ts';

/** More time than a traffic pattern needs to be detected. */
const WATCHED = { seconds: 540 } as const;
const SHAPE = join(import.meta.dirname, 'emulators/pool-traffic.ts');

function keeps(kind: 'pool' | 'pings' | 'beacon', seconds: number): Deed {
  return (cgroup) => startInside(cgroup, [process.execPath, SHAPE, kind, String(seconds)]);
}

/** A thread that never sleeps and does not change floating-point modes. */
const tireless = rounds(['plain', '1']);
const half: Deed = (cgroup) =>
  startUnderQuota(cgroup, 0.5, [emulator('fpu'), FAR_SECONDS, 'plain', '1']);

/** Detectable by behavior only. */
const MINERS: Deeds = {
  'one share per 8 s': [keeps('pool', 8), tireless],
  'one share per 20 s': [keeps('pool', 20), tireless],
  'one share per 8 s, quota of half a CPU': [keeps('pool', 8), half],
  'pool refuses connections': [keeps('beacon', 5), tireless],
};

const INNOCENTS: Deeds = {
  'numeric code': [tireless],
  'numeric code with a keepalive connection': [keeps('pings', 15), tireless],
  'job queue at the rate of shares': [keeps('pool', 10)],
  'client that retries forever': [keeps('beacon', 5)],
};

/** These take nine minutes, so all run at once, in one round. */
export const shapeScenarios: readonly Scenario[] = [
  ...scenarios('behavior only', 'suspicious', MINERS, WATCHED),
  ...scenarios('similar behavior', 'nothing', INNOCENTS, WATCHED),
];

import { emulator, startInside } from '../../test/support/process.ts';
import { stopCycling } from './duty.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 25;
const FAR_SECONDS = '3600';

/** The footprint of RandomX, as plain as it comes and with what hides other miners. */
export const randomxScenarios: readonly Scenario[] = [
  footprint('one thread', ['four', '1']),
  footprint('four threads', ['four', '4']),
  footprint('the default restored before each yield', ['restoring', '2']),
  footprint('one of the modes avoided', ['three', '2']),
  footprint('niced', ['four', '2'], ['nice', '-n', '19']),
  footprint('batch scheduling', ['four', '2'], ['chrt', '--batch', '0']),
  {
    ...footprint('stopped half of the time', ['four', '1']),
    begin: async (cgroup) =>
      stopCycling(await startInside(cgroup, [emulator('fpu'), FAR_SECONDS, 'four', '1']), 0.5),
  },
];

/** What sets the floating-point unit for reasons of its own. */
export const roundingScenarios: readonly Scenario[] = [
  innocent('fast math', 'fast'),
  innocent('interval arithmetic', 'interval'),
  innocent('one rounding mode, flushing', 'one'),
].map((scenario) => ({ ...scenario, family: 'rounding for other reasons' }));

function footprint(
  what: string,
  args: readonly string[],
  before: readonly string[] = [],
): Scenario {
  return {
    family: 'RandomX footprint',
    what,
    expected: 'mining',
    seconds: SECONDS,
    begin: (cgroup) => startInside(cgroup, [...before, emulator('fpu'), FAR_SECONDS, ...args]),
  };
}

function innocent(what: string, kind: string): Scenario {
  return { ...footprint(what, [kind, '2']), expected: 'nothing' };
}

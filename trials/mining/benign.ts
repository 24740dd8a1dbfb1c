import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startInside } from '../../lab/process/process.ts';
import { databaseScenarios } from './databases.ts';
import { PROGRAMS } from './programs.ts';
import { roundingScenarios } from './randomx-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { weakScenarios } from './weak-scenarios.ts';

const SECONDS = 25;

/** Programs that are installed on this host; tools/setup/setup.sh has a group for them. */
const programScenarios: readonly Scenario[] = Object.entries(PROGRAMS).flatMap(
  ([family, programs]) =>
    Object.entries(programs)
      .filter(([, { needs }]) => isInstalled(needs))
      .map(([what, { command }]) => programScenario(family, what, command)),
);

export const benignScenarios: readonly Scenario[] = [
  ...programScenarios,
  ...databaseScenarios.filter(({ needs }) => needs.every(isInstalled)),
  ...roundingScenarios,
  ...weakScenarios,
];

/** Programs that are not installed. */
export const missingPrograms: readonly string[] = [
  ...new Set([
    ...Object.values(PROGRAMS).flatMap((programs) =>
      Object.values(programs).map(({ needs }) => needs),
    ),
    ...databaseScenarios.flatMap(({ needs }) => needs),
  ]),
].filter((needs) => !isInstalled(needs));

function programScenario(family: string, what: string, command: string): Scenario {
  return {
    family,
    what,
    expected: 'nothing',
    seconds: SECONDS,
    begin: (cgroup) => startInside(cgroup, ['sh', '-c', `${command} >/dev/null 2>&1`]),
  };
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(program.startsWith('/') ? '/' : directory, program), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

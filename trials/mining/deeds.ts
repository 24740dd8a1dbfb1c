import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInside, startInside } from '../../lab/process/process.ts';
import { randomFrom } from '../../src/core/mining/observation.fixture.ts';
import type { Grammar } from './emulators/dialects.ts';
import { emulator } from './emulators/emulator.ts';
import { type Evasion, type Segment, segmentsOf } from './emulators/evasions.ts';
import { playInside } from './emulators/sessions.ts';
import type { Scenario } from './scenario.ts';

/** Stands for programs of all names: it does nothing, whatever it is told. */
const NOTHING = '/bin/true';
const DATASET_MIB = '2080';
/** Longer than anything is watched. */
export const FAR_SECONDS = '3600';
const IN_MEMORY = '/dev/shm';

/** Does one thing in a cgroup, with a directory for what it needs; what goes on is returned. */
export type Deed = (cgroup: string, directory: string) => Promise<AsyncDisposable | undefined>;

export type Deeds = Readonly<Record<string, readonly Deed[]>>;

/** One scenario each, of a family that is watched alike. */
export function scenarios(
  family: string,
  expected: Scenario['expected'],
  all: Deeds,
  watched: Pick<Scenario, 'seconds' | 'isLight'>,
): readonly Scenario[] {
  return Object.entries(all).map(([what, deeds]) => ({
    family,
    what,
    expected,
    ...watched,
    begin: doing(...deeds),
  }));
}

/** All of them, one after the other; what goes on goes on beside the next. */
function doing(...deeds: readonly Deed[]): Scenario['begin'] {
  return async (cgroup) => {
    await using stack = new AsyncDisposableStack();
    const directory = mkdtempSync(join(tmpdir(), 'vigia-bench-'));
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    for (const deed of deeds) {
      const goesOn = await deed(cgroup, directory);
      if (goesOn) stack.use(goesOn);
    }
    return stack.move();
  };
}

/** Starts a program of that name, which ends at once. */
export function starts(name: string, ...args: readonly string[]): Deed {
  return async (cgroup, directory) => {
    const program = join(directory, name);
    mkdirSync(join(program, '..'), { recursive: true });
    copyFileSync(NOTHING, program);
    await runInside(cgroup, [program, ...args]);
    return undefined;
  };
}

/** The same, from a file system in memory. */
export function startsInMemory(name: string, ...args: readonly string[]): Deed {
  return async (cgroup) => {
    const directory = mkdtempSync(join(IN_MEMORY, 'vigia-bench-'));
    try {
      return await starts(name, ...args)(cgroup, directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

/** The same, with no file any more. */
export function startsHidden(
  how: 'memfd' | 'deleted',
  name: string,
  ...args: readonly string[]
): Deed {
  return async (cgroup) => {
    await runInside(cgroup, [emulator('hidden'), how, NOTHING, name, ...args]);
    return undefined;
  };
}

export function runs(...command: readonly string[]): Deed {
  return async (cgroup) => {
    await runInside(cgroup, command);
    return undefined;
  };
}

/** Opens registers of a CPU that no machine has, to read or to write them, and fails. */
export function opensRegisters(how: '<' | '>'): Deed {
  return async (cgroup, directory) => {
    const device = join(directory, 'registers');
    await runInside(cgroup, ['mknod', device, 'c', '202', '9999']);
    await runInside(cgroup, ['/bin/sh', '-c', `(: ${how} ${device}) 2>/dev/null || :`]);
    return undefined;
  };
}

/** As much memory as the dataset of RandomX, none of which is used. */
export const mapsDataset: Deed = async (cgroup) => {
  await runInside(cgroup, [emulator('memory'), DATASET_MIB]);
  return undefined;
};

/** Goes on with the floating-point unit as `trials/mining/emulators/fpu.c` is told, by the command before. */
export function rounds(args: readonly string[], before: readonly string[] = []): Deed {
  return (cgroup) => startInside(cgroup, [...before, emulator('fpu'), FAR_SECONDS, ...args]);
}

/** A session with a pool of its own, over real sockets. */
export function speaks(grammar: Grammar | undefined, evasion: Evasion = {}, seed = 1): Deed {
  const random = randomFrom(seed);
  return says(segmentsOf(grammar?.(random) ?? [], evasion, random));
}

export function says(session: readonly Segment[]): Deed {
  return async (cgroup) => {
    await playInside(cgroup, [session]);
    return undefined;
  };
}

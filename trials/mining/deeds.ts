import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInside, startInside } from '../../lab/process/process.ts';
import { randomFrom } from '../../src/core/seeded-random.ts';
import { emulator } from './emulators/emulator.ts';
import { type Evasion, type Segment, segmentsOf } from './emulators/evasions.ts';
import type { Grammar } from './emulators/grammars.ts';
import { playInside } from './emulators/sessions.ts';
import type { Scenario } from './scenario.ts';

/** Copied under other names: it ignores its arguments and exits. */
const NOTHING = '/bin/true';
const DATASET_MIB = '2080';
/** Longer than any scenario is watched. */
export const FAR_SECONDS = '3600';
const IN_MEMORY = '/dev/shm';

/** One action in a cgroup, with a temporary directory. Returns what keeps running. */
export type Deed = (cgroup: string, directory: string) => Promise<AsyncDisposable | undefined>;

export type Deeds = Readonly<Record<string, readonly Deed[]>>;

/** One scenario per entry, all in the same family and watched in the same way. */
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

/** Runs the actions in order. Whatever keeps running runs beside the next ones. */
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

/** Starts a program with this name, which exits at once. */
export function starts(name: string, ...args: readonly string[]): Deed {
  return async (cgroup, directory) => {
    const program = join(directory, name);
    mkdirSync(join(program, '..'), { recursive: true });
    copyFileSync(NOTHING, program);
    await runInside(cgroup, [program, ...args]);
    return undefined;
  };
}

/** Like {@link starts}, from an in-memory file system. */
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

/** Like {@link starts}, from a memfd or a deleted file. */
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

/** Tries to open the MSR device of a CPU that does not exist, for reading or writing. */
export function opensRegisters(how: '<' | '>'): Deed {
  return async (cgroup, directory) => {
    const device = join(directory, 'registers');
    await runInside(cgroup, ['mknod', device, 'c', '202', '9999']);
    await runInside(cgroup, ['/bin/sh', '-c', `(: ${how} ${device}) 2>/dev/null || :`]);
    return undefined;
  };
}

/** Maps as much memory as the RandomX dataset, without touching it. */
export const mapsDataset: Deed = async (cgroup) => {
  await runInside(cgroup, [emulator('memory'), DATASET_MIB]);
  return undefined;
};

/** Keeps running the emulator fpu.c with these arguments, started through the command `before`. */
export function rounds(args: readonly string[], before: readonly string[] = []): Deed {
  return (cgroup) => startInside(cgroup, [...before, emulator('fpu'), FAR_SECONDS, ...args]);
}

/** A session with an emulated pool, over real sockets. */
export function speaks(grammar: Grammar | undefined, evasion: Evasion = {}, seed = 1): Deed {
  const random = randomFrom(seed);
  return plays(segmentsOf(grammar?.(random) ?? [], evasion, random));
}

export function plays(session: readonly Segment[]): Deed {
  return async (cgroup) => {
    await playInside(cgroup, [session]);
    return undefined;
  };
}

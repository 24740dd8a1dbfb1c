import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LockError, lockDirectory } from '../../src/kernel/files/lock.ts';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { load, unload } from '../../src/kernel/load/loader.ts';
import { LOAD_LOCK } from '../../src/kernel/load/pins.ts';
import { endNow, until } from '../process/process.ts';
import { ownTemporaryDirectory } from '../process/temporary.ts';
import { openScene, type Scene, type SceneSettings } from './scene.ts';
import { datagramPair, datagrams, openStage, sendDatagrams, traffic } from './stage.ts';
import { leavesNoTrace, namesIn, pinnedBelow } from './traces.ts';

/** Without payload inspection: it adds no step, and costs the verifier one second per load. */
export const SETTINGS: SceneSettings = { mining: ['fpu'] };

const PROGRAM = join(import.meta.dirname, 'load-until-killed.ts');

/** A load has at least this many steps. Guards tests that only count the steps they find. */
const STEPS = 40;

/** A process that loads or unloads and is killed on the way. */
interface KilledProcess extends AsyncDisposable {
  /** Starts it. Returns whether it finished before it could be killed. */
  readonly run: () => Promise<boolean>;
}

/** Creates a process that is killed before a step. */
export function startKilled(
  deed: 'load' | 'unload',
  options: LoadOptions,
  step: number,
): KilledProcess {
  const child = spawn(process.execPath, [PROGRAM, deed, JSON.stringify(options), String(step)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = once(child.stdout, 'data');
  return {
    run: async () => {
      await ready;
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (child.signalCode !== 'SIGKILL' && child.exitCode !== 0)
        throw new Error(`the ${deed} to be killed before step ${step} failed by itself`);
      return child.signalCode === null;
    },
    [Symbol.asyncDispose]: () => endNow(child),
  };
}

interface Kills {
  readonly optionsFor: (step: number) => LoadOptions;
  readonly after: (step: number) => Promise<unknown>;
  /** Kills before each step, or before every n-th. */
  readonly every?: number;
}

/** Whether no load or unload is in progress. Children of a killed one run on for a moment. */
async function isFree(bpffs: string): Promise<boolean> {
  try {
    await using _ = await lockDirectory(join(bpffs, LOAD_LOCK), { refusal: '', remedy: '' });
    return true;
  } catch (error) {
    if (error instanceof LockError) return false;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Runs processes that are each killed at a later step, until one finishes. Returns its steps. */
export async function killBeforeSteps(
  deed: 'load' | 'unload',
  { optionsFor, after, every = 1 }: Kills,
): Promise<number> {
  let next = startKilled(deed, optionsFor(0), 0);
  for (let step = 0; ; step += every) {
    await using killed = next;
    next = startKilled(deed, optionsFor(step + every), step + every);
    try {
      const isDone = await killed.run();
      await until('the children of the killed one to end', () => isFree(optionsFor(step).bpffs));
      await after(step);
      if (!isDone) continue;
    } catch (error) {
      await next[Symbol.asyncDispose]();
      throw error;
    }
    await next[Symbol.asyncDispose]();
    return step;
  }
}

/** Kills loads beside a counting one. It keeps counting, and the next load takes over. */
export async function takeOverAfterKills(every: number): Promise<void> {
  using temporary = ownTemporaryDirectory();
  await using stage = await openStage(SETTINGS);
  const { scene } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, stage.network.east.addresses[4]);
  let sent = 0;
  const send = async () => {
    await sendDatagrams(pair, { count: 20, size: 100 });
    sent += 20;
    const counted = traffic(scene.usageOf(west.cgroup), 'transmit', 'udp');
    expect(counted).toEqual(datagrams(4, sent, 100));
  };
  await send();
  const optionsFor = (step: number) => ({ ...scene.options, uid: 2000 + step });
  const steps = await killBeforeSteps('load', { optionsFor, after: send, every });
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  expect(await load(scene.bpftool, scene.options)).toBe('taken over');
  await send();
  expect(namesIn(temporary.path)).toEqual([]);
}

/** Collects the objects that loads leave, unloads, and finally checks that all of them are freed. */
export function sweeper({ bpftool, options }: Scene): {
  readonly sweep: () => Promise<void>;
  readonly leavesNoTrace: () => Promise<void>;
} {
  const all = { prog: new Set<number>(), map: new Set<number>(), link: new Set<number>() };
  return {
    sweep: async () => {
      const pinned = await pinnedBelow(bpftool, options.bpffs);
      for (const kind of ['prog', 'map', 'link'] as const)
        for (const id of pinned[kind]) all[kind].add(id);
      await unload(bpftool, options);
      expect(existsSync(options.bpffs)).toBe(false);
    },
    leavesNoTrace: () =>
      leavesNoTrace(bpftool, options, {
        prog: [...all.prog],
        map: [...all.map],
        link: [...all.link],
      }),
  };
}

/** Kills first loads, each undone by an unload, and checks that nothing is left. */
export async function undoAfterKills(every: number): Promise<void> {
  using temporary = ownTemporaryDirectory();
  await using scene = await openScene({ mining: [], hasPackets: false });
  await unload(scene.bpftool, scene.options);
  const { sweep, leavesNoTrace } = sweeper(scene);
  const steps = await killBeforeSteps('load', {
    optionsFor: () => scene.options,
    after: sweep,
    every,
  });
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  await leavesNoTrace();
  expect(await load(scene.bpftool, scene.options)).toBe('started');
  expect(namesIn(temporary.path)).toEqual([]);
}

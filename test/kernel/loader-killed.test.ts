import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LoadOptions } from '../../src/kernel/load-plan.ts';
import { load, unload } from '../../src/kernel/loader.ts';
import { endNow } from '../support/process.ts';
import { openScene, type Scene, type SceneSettings } from '../support/scene.ts';
import { datagramPair, datagrams, openStage, sendDatagrams, traffic } from '../support/stage.ts';
import { ownTemporaryDirectory } from '../support/temporary.ts';
import { leavesNoTrace, namesIn, pinnedBelow } from '../support/traces.ts';

/** Some hundred loads, each of a second where the CPUs have nothing else to do. */
const PATIENCE = { timeout: 900_000 };

/** Looking into payloads takes no step of its own, and the verifier a second more for each load. */
const SETTINGS: SceneSettings = { mining: ['fpu'] };

const DOOMED = join(import.meta.dirname, '../support/doomed.ts');

/** So many a load has at least; those that only count what they find would not notice fewer. */
const STEPS = 40;

/** A process that loads or unloads and is killed on the way. */
interface Doomed extends AsyncDisposable {
  /** Lets it begin, and tells whether it came to the end before it could be killed. */
  readonly run: () => Promise<boolean>;
}

function doom(deed: 'load' | 'unload', options: LoadOptions, step: number): Doomed {
  const child = spawn(process.execPath, [DOOMED, deed, JSON.stringify(options), String(step)], {
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

/** Runs doomed ones, each killed a step later than the one before, until one comes to its end. */
async function killAtEveryStep(
  deed: 'load' | 'unload',
  optionsFor: (step: number) => LoadOptions,
  after: (step: number) => Promise<unknown>,
): Promise<number> {
  let next = doom(deed, optionsFor(0), 0);
  for (let step = 0; ; step++) {
    await using doomed = next;
    next = doom(deed, optionsFor(step + 1), step + 1);
    try {
      const isDone = await doomed.run();
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

/** Collects what loads leave, unloads it, and checks at the end that all of it is freed. */
function sweeper({ bpftool, options }: Scene) {
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

test('a load that is killed before any of its steps is undone by an unload', PATIENCE, async () => {
  using temporary = ownTemporaryDirectory();
  await using scene = await openScene({ mining: [], hasPackets: false });
  await unload(scene.bpftool, scene.options);
  const { sweep, leavesNoTrace } = sweeper(scene);
  const steps = await killAtEveryStep('load', () => scene.options, sweep);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  await leavesNoTrace();
  expect(await load(scene.bpftool, scene.options)).toBe('started');
  expect(namesIn(temporary.path)).toEqual([]);
});

test(
  'and made good by the next load; what was loaded before counts all the while',
  PATIENCE,
  async () => {
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
    const steps = await killAtEveryStep('load', optionsFor, send);
    expect(steps).toBeGreaterThanOrEqual(STEPS);
    expect(await load(scene.bpftool, scene.options)).toBe('taken over');
    await send();
    expect(namesIn(temporary.path)).toEqual([]);
  },
);

test(
  'an unload that is killed before any of its steps is ended by the next',
  PATIENCE,
  async () => {
    await using scene = await openScene(SETTINGS);
    const { sweep, leavesNoTrace } = sweeper(scene);
    const steps = await killAtEveryStep(
      'unload',
      () => scene.options,
      async () => {
        await sweep();
        await load(scene.bpftool, scene.options);
      },
    );
    expect(steps).toBeGreaterThan(3);
    await unload(scene.bpftool, scene.options);
    await leavesNoTrace();
  },
);

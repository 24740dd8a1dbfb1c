import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mean, median, rangeOf } from '../lab/measure/statistics.ts';
import { openScene, type Scene } from '../lab/scene/scene.ts';
import { findBpftool } from '../src/kernel/bpftool.ts';
import { type EmptyIds, type EmptyPrograms, loadEmptyPrograms } from './empty-programs.ts';
import { shares } from './hook-shares.ts';
import { type Hook, starting, switching, talking, type Workload } from './hook-workloads.ts';
import {
  pinnedProgram,
  programsOf,
  type Runs,
  runsBetween,
  runsById,
  sizeOf,
  timePrograms,
} from './program-costs.ts';
import type { Figure, Section } from './report.ts';

const ROUNDS = 7;

const PINS: Readonly<Record<Hook, string>> = {
  charge_slice: 'cpu/charge_slice',
  sample_fpu: 'fpu/sample_fpu',
  see_exec: 'exec/see_exec',
  see_mapping: 'mapping/see_mapping',
  count_transmit: 'net/count_transmit',
  count_receive: 'net/count_receive',
};

/** The empty program at the same hook. */
const EMPTY: Readonly<Record<Hook, keyof EmptyIds>> = {
  charge_slice: 'charge_slice',
  sample_fpu: 'charge_slice',
  see_exec: 'see_exec',
  see_mapping: 'see_mapping',
  count_transmit: 'count_transmit',
  count_receive: 'count_receive',
};

/** Vigia's programs, loaded between two sets of empty ones. */
interface Stage {
  readonly scene: Scene;
  readonly ours: Readonly<Record<Hook, number>>;
  readonly empty: readonly EmptyPrograms[];
}

/** Cost per run in one round of a workload, by hook. */
type Round = readonly { readonly hook: Hook; readonly aboveNs: number; readonly emptyNs: number }[];

export const hooks: Section = {
  name: 'hooks',
  title: 'Hooks: ns per run above an empty program at the same hook, both timed by the kernel',
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    const stage = await openStage(stack);
    const [here, there] = [stage.scene.makeCgroup('here'), stage.scene.makeCgroup('there')];
    for (const cgroup of [here, there]) await stage.empty[0]?.attachTo(cgroup);
    const workloads = [
      ...switching(here, there),
      ...starting(here),
      ...(await talking(stack, here, there)),
    ];
    const figures = await measureAll(stage, workloads, signal);
    return [...figures, ...shares(figures), ...(await sizes(stage))];
  },
};

async function openStage(stack: AsyncDisposableStack): Promise<Stage> {
  stack.use(timePrograms());
  const bpftool = await findBpftool(process.env['VIGIA_BPFTOOL']);
  const first = stack.use(await loadEmptyPrograms(bpftool, 'first'));
  const scene = stack.use(await openScene());
  const last = stack.use(await loadEmptyPrograms(bpftool, 'last'));
  await last.attachTo(scene.cgroup);
  const ours = (hook: Hook) => pinnedProgram(bpftool, join(programsOf(scene), PINS[hook]));
  return {
    scene,
    empty: [first, last],
    ours: {
      charge_slice: await ours('charge_slice'),
      sample_fpu: await ours('sample_fpu'),
      see_exec: await ours('see_exec'),
      see_mapping: await ours('see_mapping'),
      count_transmit: await ours('count_transmit'),
      count_receive: await ours('count_receive'),
    },
  };
}

/** Runs all workloads in each round, so that disturbances affect all alike. */
async function measureAll(
  stage: Stage,
  workloads: readonly Workload[],
  signal: AbortSignal,
): Promise<Figure[]> {
  const rounds = new Map<Workload, Round[]>(workloads.map((workload) => [workload, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [workload, measured] of rounds) {
      signal.throwIfAborted();
      measured.push(await measureRound(stage, workload));
    }
  }
  return [...rounds].flatMap(([workload, measured]) => figuresOf(workload, measured));
}

async function measureRound({ scene, ours, empty }: Stage, workload: Workload): Promise<Round> {
  const before = await runsById(scene.bpftool);
  await workload.run();
  const after = await runsById(scene.bpftool);
  const cost = (id: number) => costOf(before.get(id), after.get(id));
  return workload.hooks.map((hook) => {
    const emptyNs = mean(empty.map((programs) => cost(programs[EMPTY[hook]])));
    return { hook, aboveNs: cost(ours[hook]) - emptyNs, emptyNs };
  });
}

function costOf(before: Runs | undefined, after: Runs | undefined): number {
  const { count, ns } = runsBetween(before, after);
  return ns / count;
}

/** The limit is for the mean of the hooks. Several hooks are also listed one by one. */
function figuresOf({ what, hooks: ran, limitNs }: Workload, rounds: readonly Round[]): Figure[] {
  const figure = (name: string, only: readonly Hook[]): Figure => {
    const chosen = rounds.map((round) => round.filter(({ hook }) => only.includes(hook)));
    const above = chosen.map((costs) => mean(costs.map(({ aboveNs }) => aboveNs)));
    const empty = chosen.map((costs) => mean(costs.map(({ emptyNs }) => emptyNs)));
    const note = `empty ${median(empty).toFixed(0)}`;
    return { what: name, measured: median(above), unit: 'ns', range: rangeOf(above), note };
  };
  const all = figure(what, ran);
  const each = ran.length < 2 ? [] : ran.map((hook) => figure(`  ${hook}`, [hook]));
  return [{ ...all, ...(limitNs !== undefined && { limit: limitNs }) }, ...each];
}

async function sizes({ scene }: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const capture of await readdir(programsOf(scene))) {
    for (const program of await readdir(join(programsOf(scene), capture))) {
      const id = await pinnedProgram(scene.bpftool, join(programsOf(scene), capture, program));
      const { instructions, jitedBytes } = await sizeOf(scene.bpftool, id);
      const note = `${jitedBytes} bytes of machine code`;
      figures.push({ what: `size of ${program}`, measured: instructions, unit: 'insns', note });
    }
  }
  return figures;
}

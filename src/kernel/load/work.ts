import type { Bpftool } from '../bpftool.ts';
import {
  attachedBelow,
  cgroupPins,
  cgroupProgramIds,
  detach,
  detachPinned,
  seesAttached,
} from './attachments.ts';
import type { LoadOptions } from './load-plan.ts';
import type { Version } from './pins.ts';
import { inParallel, perform, type Step } from './step.ts';
import { pathsOf } from './version-paths.ts';

/** Observes a load. An error that it throws ends the load, which then undoes its steps. */
export interface LoadWatcher {
  readonly beforeStep?: (step: Step) => void;
  /** Called for an optional part that the kernel rejects. */
  readonly onWithout?: (what: string, error: unknown) => void;
  /** Called with the names of missing parts, before their repair. */
  readonly onRepair?: (missing: readonly string[]) => void;
}

/** The settings of a load that an unload needs. */
export interface UnloadOptions extends Pick<LoadOptions, 'bpffs' | 'cgroupMount'> {
  readonly cgroup: Pick<LoadOptions['cgroup'], 'path'>;
}

/** The context of a load or an unload. */
export interface Work {
  readonly bpftool: Bpftool;
  readonly options: UnloadOptions;
  readonly watcher: LoadWatcher;
}

export async function carryOut(work: Work, step: Step): Promise<void> {
  if (step.do === 'together') return inParallel(step.lists, (each) => carryOut(work, each));
  const { bpftool, watcher } = work;
  watcher.beforeStep?.(step);
  try {
    await perform(step, bpftool);
  } catch (error) {
    if (step.do !== 'bpftool' || step.without === undefined) throw error;
    watcher.onWithout?.(step.without, error);
  }
}

export async function carryOutAll(work: Work, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await carryOut(work, step);
}

/** Detaches a version from all cgroups, then removes its pins. */
export async function discard(work: Work, version: Version): Promise<void> {
  const { bpffs, cgroup, cgroupMount } = work.options;
  if (seesAttached()) {
    const ids = await cgroupProgramIds(work.bpftool, bpffs, version);
    const attached = ids.size > 0 ? await attachedBelow(work.bpftool, cgroupMount) : [];
    for (const each of attached.filter(({ id }) => ids.has(id))) await carryOut(work, detach(each));
  } else {
    await detachPinned(work.bpftool, cgroup.path, cgroupPins(bpffs, version));
  }
  await carryOut(work, { do: 'remove', path: pathsOf(bpffs, version).root });
}

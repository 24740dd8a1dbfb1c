import { join } from 'node:path';
import { ensureBpffs, removeBpffs } from '../src/kernel/bpffs.ts';
import type { Bpftool } from '../src/kernel/bpftool.ts';
import { perform } from '../src/kernel/load/step.ts';
import { compiledObject } from './compiled.ts';
import { pinnedProgram } from './program-costs.ts';

/** Ids of empty programs, by Vigia's program at the same hook. */
export interface EmptyIds {
  readonly charge_slice: number;
  readonly track_connection: number;
  readonly see_exec: number;
  readonly see_mapping: number;
  readonly count_transmit: number;
  readonly count_receive: number;
}

export interface EmptyPrograms extends EmptyIds, AsyncDisposable {
  /** Attaches the packet programs. They are detached with the cgroup. */
  readonly attachTo: (cgroup: string) => Promise<void>;
}

/**
 * Loads the empty programs, and attaches those at tracepoints. The first program at a hook pays for
 * cold caches, so one set should be loaded before Vigia's programs and another after them.
 */
export async function loadEmptyPrograms(bpftool: Bpftool, name: string): Promise<EmptyPrograms> {
  const bpffs = `/run/vigia-bench-${process.pid}-${name}`;
  await ensureBpffs(bpffs);
  const pins = join(bpffs, 'empty');
  const dispose = async () => {
    await perform({ do: 'remove', path: pins }, bpftool);
    await removeBpffs(bpffs);
  };
  try {
    await bpftool.run(['prog', 'loadall', compiledObject('empty'), pins, 'autoattach']);
    const attach = async (cgroup: string, hook: string, program: string) => {
      const pinned = join(pins, program);
      await bpftool.run(['cgroup', 'attach', cgroup, hook, 'pinned', pinned, 'multi']);
    };
    const idOf = (program: string) => pinnedProgram(bpftool, join(pins, program));
    return {
      charge_slice: await idOf('empty_switch'),
      track_connection: await idOf('empty_state'),
      see_exec: await idOf('empty_exec'),
      see_mapping: await idOf('empty_mapping'),
      count_transmit: await idOf('empty_transmit'),
      count_receive: await idOf('empty_receive'),
      attachTo: async (cgroup) => {
        await attach(cgroup, 'egress', 'empty_transmit');
        await attach(cgroup, 'ingress', 'empty_receive');
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scene } from '../lab/scene/scene.ts';
import type { Bpftool } from '../src/kernel/bpftool.ts';

const STATS = '/proc/sys/kernel/bpf_stats_enabled';

interface ShownProgram {
  readonly id: number;
  readonly name?: string;
  readonly bytes_xlated: number;
  readonly bytes_jited: number;
  readonly run_time_ns?: number;
  readonly run_cnt?: number;
}

interface ShownLink {
  readonly prog_id: number;
  readonly pinned?: readonly string[];
}

/** Number of runs of a program, and their total time. */
export interface Runs {
  readonly count: number;
  readonly ns: number;
}

/** Makes the kernel time every program until disposal. Timing costs some 50 ns per run. */
export function timePrograms(): Disposable {
  const before = readFileSync(STATS, 'utf8');
  const restore = () => writeFileSync(STATS, before);
  process.once('exit', restore); // if a second signal ends the process before disposal
  writeFileSync(STATS, '1');
  return {
    [Symbol.dispose]: () => {
      process.off('exit', restore);
      restore();
    },
  };
}

/** Keys are program ids. */
export async function runsById(bpftool: Bpftool): Promise<Map<number, Runs>> {
  const programs = await bpftool.json<ShownProgram[]>(['prog', 'show']);
  return new Map(
    programs.map(({ id, run_cnt = 0, run_time_ns = 0 }) => [
      id,
      { count: run_cnt, ns: run_time_ns },
    ]),
  );
}

/** The runs of one program. Throws if it no longer exists. */
export function runsBetween(before: Runs | undefined, after: Runs | undefined): Runs {
  if (!before || !after) throw new Error('a measured program is gone');
  return { count: after.count - before.count, ns: after.ns - before.ns };
}

/** The directory of a scene's pinned programs, as a real path, like bpftool prints it. */
export function programsOf({ options }: Scene): string {
  return realpathSync(join(options.bpffs, 'current/programs'));
}

/**
 * The id of a pinned program, or of a pinned link's program. NOTE: lists all links, because bpftool
 * 7.5 exits with a random status when it shows a single one.
 */
export async function pinnedProgram(bpftool: Bpftool, path: string): Promise<number> {
  const links = await bpftool.json<ShownLink[]>(['-f', 'link', 'show']);
  const link = links.find(({ pinned }) => pinned?.includes(path));
  if (link) return link.prog_id;
  return (await bpftool.json<{ id: number }>(['prog', 'show', 'pinned', path])).id;
}

/** Size of a verified and compiled program. */
export async function sizeOf(
  bpftool: Bpftool,
  id: number,
): Promise<{ readonly name: string; readonly instructions: number; readonly jitedBytes: number }> {
  const args = ['prog', 'show', 'id', String(id)];
  const { name = '', bytes_xlated, bytes_jited } = await bpftool.json<ShownProgram>(args);
  return { name, instructions: bytes_xlated / 8, jitedBytes: bytes_jited };
}

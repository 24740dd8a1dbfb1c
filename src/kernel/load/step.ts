import { constants } from 'node:fs';
import { mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Bpftool } from '../bpftool.ts';
import { setMode, setOwner } from '../files/handle.ts';
import { removeTree } from '../files/remove-tree.ts';

/**
 * One action of a load or unload. A list of steps can be carried out, or printed as an equivalent
 * shell script.
 */
export type Step =
  | {
      readonly do: 'bpftool';
      readonly args: readonly string[];
      /** Name of the feature that is skipped if this step fails. */
      readonly without?: string;
    }
  | { readonly do: 'mkdir'; readonly path: string; readonly mode: number }
  | { readonly do: 'rename'; readonly path: string; readonly to: string }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  | { readonly do: 'chown'; readonly path: string; readonly uid: number }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  /** Reads a pinned iterator to its end, which runs its program. */
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'remove'; readonly path: string }
  /** Lists that may run in parallel. The steps of each list run in order. */
  | { readonly do: 'together'; readonly lists: readonly (readonly Step[])[] };

/** A step that runs bpftool. */
export function bpftool(...args: readonly (string | number)[]): Step {
  return { do: 'bpftool', args: args.map(String) };
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Carries out one step. Does not follow a link in the last part of a path. */
export async function perform(step: Step, bpftool: Bpftool, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  switch (step.do) {
    case 'bpftool':
      await bpftool.run(step.args);
      return;
    case 'mkdir':
      await mkdir(step.path, { recursive: true, mode: 0o700 });
      return setMode(step.path, step.mode);
    case 'rename':
      return rename(step.path, step.to);
    case 'symlink':
      return symlink(step.target, step.path);
    case 'chown':
      return setOwner(step.path, step.uid, step.uid);
    case 'chmod':
      return setMode(step.path, step.mode);
    case 'read':
      await readFile(step.path, { flag: READ });
      return;
    case 'remove':
      return removeTree(step.path);
    case 'together':
      return inParallel(step.lists, (each) => perform(each, bpftool, signal));
  }
}

/** The verifier uses one CPU per load. Leaves CPUs to a busy node. */
const MAX_PARALLEL = 4;

/**
 * Carries out lists in parallel. After a failure it starts no further step, waits for the running
 * ones, and throws the first error.
 */
export async function inParallel(
  lists: readonly (readonly Step[])[],
  carryOut: (step: Step) => Promise<void>,
): Promise<void> {
  const waiting = lists.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (const list of waiting)
      for (const step of list) {
        if (failure) return;
        await carryOut(step).catch((error: unknown) => {
          failure ??= { error };
        });
      }
  };
  const workers = Math.min(MAX_PARALLEL, availableParallelism());
  await Promise.all(Array.from({ length: workers }, work));
  if (failure) throw failure.error;
}

/** The same as POSIX shell commands, with the `bpftool` of PATH. */
export function asShell(step: Step): string {
  switch (step.do) {
    case 'bpftool':
      return [
        ['bpftool', ...step.args.map(quote)].join(' '),
        ...(step.without === undefined ? [] : [`echo ${quote(`without ${step.without}`)}`]),
      ].join(' || ');
    case 'mkdir':
      return `mkdir -p ${quote(step.path)} && chmod ${step.mode.toString(8)} ${quote(step.path)}`;
    case 'rename':
      return `mv -T ${quote(step.path)} ${quote(step.to)}`;
    case 'symlink':
      return `ln -s ${quote(step.target)} ${quote(step.path)}`;
    case 'chown':
      return `chown -h ${step.uid}:${step.uid} ${quote(step.path)}`;
    case 'chmod':
      return `chmod ${step.mode.toString(8)} ${quote(step.path)}`;
    case 'read':
      return `cat ${quote(step.path)} > /dev/null`;
    case 'remove':
      return `rm -rf ${quote(step.path)}`;
    case 'together':
      return step.lists.flat().map(asShell).join('\n');
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

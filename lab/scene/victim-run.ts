import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { type OwnRun, openOwnRun } from '../process/own-run.ts';
import { type Ended, runVigia } from './daemon.ts';
import { emptyCgroup, QUICK, removeCgroups, sceneOptions } from './scene.ts';

/** A directory of root that must not change. It contains one file. */
export const VICTIM = '/run/victim';

/** A separate /run with a victim, in which the shipped program runs as root. */
export interface VictimRun extends AsyncDisposable {
  readonly run: OwnRun;
  readonly options: LoadOptions;
  /** Flags for a quick load. */
  readonly flags: (bpffs: string) => readonly string[];
  readonly vigia: (
    command: string,
    bpffs: string,
    env?: Readonly<Record<string, string>>,
  ) => Promise<Ended>;
}

/** @param more flags besides those of the load */
export async function openVictimRun(more: readonly string[] = []): Promise<VictimRun> {
  await using stack = new AsyncDisposableStack();
  const options = await sceneOptions(QUICK);
  const { path } = options.cgroup;
  stack.defer(async () => {
    await emptyCgroup(path);
    removeCgroups(path);
  });
  const run = stack.use(await openOwnRun(options));
  run.asRoot(`mkdir -m 700 ${VICTIM} && echo secret >${VICTIM}/file && chmod 600 ${VICTIM}/file`);
  const flags = (bpffs: string) => [
    ...[`--cgroup=${path}`, `--bpffs=${bpffs}`, ...more],
    ...['--map-memory=16MiB', '--packets=off', '--mining=off'],
  ];
  const all = stack.move();
  return {
    run,
    options,
    flags,
    vigia: (command, bpffs, env = {}) =>
      runVigia([command, ...flags(bpffs)], { program: run.program, env }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadOptions } from '../../src/kernel/load/load-plan.ts';
import { VIGIA } from '../scene/daemon.ts';
import { asUser, outcomeOf } from './as-user.ts';
import { endWithTests } from './children.ts';
import { endNow, until } from './process.ts';

/** Shows a command only one cgroup instead of all. */
const UNLOADING = `mount=$1; shift; mount --bind "$0" "$mount" && "$@"
  code=$?; umount "$mount"; exit $code`;

/** Without mounts of other tests, which existed before and may end. */
const BPFFS_MOUNTS = `grep ' bpf ' /proc/self/mounts | grep -v ' /run/vigia-' | grep ' /run/' || true`;

/** A mount namespace with a separate, empty /run. Its mounts are removed at disposal. */
export interface OwnRun extends AsyncDisposable {
  /** A program that runs the shipped one there. */
  readonly program: string;
  /** Builds a command that runs there. */
  readonly inside: (...command: readonly string[]) => string[];
  /**
   * The same for an unload. It sees only its own cgroup, because it would treat other tests'
   * programs as lost: it cannot see their pins.
   */
  readonly unloading: (...command: readonly string[]) => string[];
  /** Path on the host of a path there. */
  readonly at: (path: string) => string;
  /** Runs a script there as root. Throws if it fails. */
  readonly asRoot: (script: string) => string;
  /** Runs a script as another user, and returns all output, including errors. */
  readonly as: (uid: number, script: string) => string;
  /** All files at and below directories, with owner, mode and target. */
  readonly listing: (...paths: readonly string[]) => string;
  /** The bpffs mounts there. */
  readonly bpffsMounts: () => string;
}

/** @param cgroup directory of the test's own cgroup, the root of everything loaded */
export async function openOwnRun({ cgroup, cgroupMount }: LoadOptions): Promise<OwnRun> {
  const script = 'mount -t tmpfs -o mode=755 none /run && echo ready && exec sleep infinity';
  const words = ['--mount', 'sh', '-c', script];
  const child = endWithTests(spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'exit');
  await until('a namespace with its own /run', () => output.includes('ready'));
  const inside: OwnRun['inside'] = (...command) => [
    ...['nsenter', `--target=${child.pid}`, '--mount', '--'],
    ...command,
  ];
  const unloading: OwnRun['unloading'] = (...command) =>
    inside('sh', '-c', UNLOADING, cgroup.path, cgroupMount, ...command);
  const directory = await mkdtemp(join(tmpdir(), 'vigia-own-run-'));
  const program = join(directory, 'vigia');
  const run = (words: readonly string[]) => `exec ${quoted(words)} "$@"`;
  await writeFile(
    program,
    `#!/bin/sh\n[ "$1" != unload ] || ${run(unloading(VIGIA))}\n${run(inside(VIGIA))}\n`,
  );
  await chmod(program, 0o755);
  const asRoot = (script: string) => {
    const { status, stdout, stderr } = outcomeOf(inside('sh', '-ec', script));
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  };
  return {
    program,
    inside,
    unloading,
    at: (path) => join(`/proc/${child.pid}/root`, path),
    asRoot,
    as: (uid, script) => {
      const { stdout, stderr } = outcomeOf(inside(...asUser(uid, 'sh', '-c', script)));
      return stdout + stderr;
    },
    listing: (...paths) => asRoot(`find ${paths.join(' ')} -printf '%p %y %U:%G %m %l\\n' | sort`),
    bpffsMounts: () => asRoot(BPFFS_MOUNTS),
    [Symbol.asyncDispose]: async () => {
      await endNow(child);
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

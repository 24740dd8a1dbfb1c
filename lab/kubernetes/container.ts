import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCgroupMount } from '../../src/workloads/mount.ts';
import { endWithTests } from '../process/children.ts';
import type { Ended } from '../scene/daemon.ts';
import type { Image } from './image.ts';

/** The mount point of cgroup v2 in a container. */
const CGROUPS = '/sys/fs/cgroup';

/** A directory of the host that a container sees. */
export interface Volume {
  readonly from: string;
  readonly to: string;
  readonly isReadOnly?: boolean;
}

export interface ContainerOptions {
  /** Arguments of the image's entry point. */
  readonly args: readonly string[];
  /** By default the image's own user. */
  readonly uid?: number;
  readonly capabilities?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly volumes?: readonly Volume[];
  /** The root of the cgroups it sees; by default the host's root. */
  readonly cgroup?: string;
}

/** A container like a kubelet's, but in the host's network namespace. Removed at disposal. */
export interface Container extends AsyncDisposable {
  /** Its standard output so far. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
  /** Pid of its first process. */
  readonly pid: () => Promise<number>;
  /** Runs the image's entry point in it again, until it ends. */
  readonly exec: (args: readonly string[]) => Promise<Ended>;
  /** Stops it, and waits for its end. */
  readonly end: () => Promise<Ended>;
}

/** Starts a container with a read-only root and no way to gain privileges. */
export async function startContainer(image: Image, options: ContainerOptions): Promise<Container> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-container-'));
  const config = JSON.stringify(specOf(image, options));
  await writeFile(join(directory, 'config.json'), config);
  const { User: user, Entrypoint: entryPoint } = image.config;
  const crun = await runtime(directory, options.cgroup);
  const { child, output, ended } = crun('run', '--bundle', directory, 'vigia');
  const finish = async (command: readonly string[]) => {
    await crun(...command).ended;
    return await ended;
  };
  return {
    output: () => output.stdout,
    ended,
    pid: async () => {
      const { stdout } = await crun('state', 'vigia').ended;
      return (JSON.parse(stdout) as { pid: number }).pid;
    },
    exec: (args) => crun('exec', '--user', user, 'vigia', ...entryPoint, ...args).ended,
    end: () => finish(['kill', 'vigia', 'TERM']),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) await finish(['delete', '--force', 'vigia']);
      await rm(directory, { recursive: true });
    },
  };
}

/** Runs a container until it ends. */
export async function runContainer(image: Image, options: ContainerOptions): Promise<Ended> {
  await using container = await startContainer(image, options);
  return await container.ended;
}

/** crun, without creating cgroups. It sees only v2, because it refuses to work beside v1. */
async function runtime(directory: string, cgroup?: string) {
  const shown = cgroup ?? (await findCgroupMount()) ?? CGROUPS;
  const script = `mount --bind "$0" ${CGROUPS} && exec crun "$@"`;
  const settings = ['--root', join(directory, 'state'), '--cgroup-manager=disabled'];
  return (...args: readonly string[]) => {
    const command = ['--mount', 'sh', '-c', script, shown, ...settings, ...args];
    const child = endWithTests(spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'] }));
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const ended = once(child, 'close').then(
      ([code, signal]): Ended => ({ code, signal, ...output }),
    );
    return { child, output, ended };
  };
}

/** See the runtime specification of the Open Container Initiative. */
function specOf({ config, root }: Image, options: ContainerOptions): object {
  const { args, capabilities = [], env = {}, volumes = [] } = options;
  const uid = options.uid ?? Number(config.User.split(':')[0]);
  const more = Object.entries(env).map(([name, text]) => `${name}=${text}`);
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid: uid },
      args: [...config.Entrypoint, ...args],
      env: [...config.Env, ...more],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: Object.fromEntries(
        ['bounding', 'effective', 'permitted'].map((set) => [set, capabilities]),
      ),
    },
    root: { path: root, readonly: true },
    mounts: [
      ...FILE_SYSTEMS.map(([type, destination, ...own]) => {
        return { destination, type, source: type, options: ['nosuid', 'noexec', 'nodev', ...own] };
      }),
      { destination: CGROUPS, source: CGROUPS, options: ['rbind', 'ro'] },
      ...volumes.map(({ from, to, isReadOnly }) => {
        const options = ['rbind', ...(isReadOnly ? ['ro'] : [])];
        return { destination: to, source: from, options };
      }),
    ],
    linux: { namespaces: ['mount', 'pid', 'ipc', 'uts'].map((type) => ({ type })) },
  };
}

const FILE_SYSTEMS: readonly (readonly string[])[] = [
  ['proc', '/proc'],
  ['sysfs', '/sys', 'ro'],
  ['tmpfs', '/dev/shm', 'mode=1777'],
];

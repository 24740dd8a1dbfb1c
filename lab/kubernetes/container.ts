import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCgroupMount } from '../../src/workloads/mount.ts';
import { endWithTests } from '../process/children.ts';
import type { Ended } from '../scene/daemon.ts';
import type { Image } from './image.ts';

/** Where a container finds the hierarchy of cgroup v2. */
const CGROUPS = '/sys/fs/cgroup';

/** A directory of this machine's that a container sees. */
export interface Volume {
  readonly from: string;
  readonly to: string;
  readonly isReadOnly?: boolean;
}

export interface ContainerOptions {
  /** Those of the image's entry point. */
  readonly args: readonly string[];
  /** The image's own user unless told otherwise. */
  readonly uid?: number;
  readonly capabilities?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly volumes?: readonly Volume[];
  /** The cgroup below which all is that it sees; the root unless told otherwise. */
  readonly cgroup?: string;
}

/** What a kubelet has run, but in the machine's own network. Disposed, it is gone. */
export interface Container extends AsyncDisposable {
  /** What it has written to its standard output so far. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
  /** The process that it runs. */
  readonly pid: () => Promise<number>;
  /** Runs the image's entry point in it once more, to its end. */
  readonly exec: (args: readonly string[]) => Promise<Ended>;
  /** Asks it to end, and waits until it has. */
  readonly end: () => Promise<Ended>;
}

/** Starts a container with a root that cannot be written to, and with no way to more privilege. */
export async function startContainer(image: Image, options: ContainerOptions): Promise<Container> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-container-'));
  const config = JSON.stringify(specOf(image, options));
  await writeFile(join(directory, 'config.json'), config);
  const { User: user, Entrypoint: entryPoint } = image.config;
  const crun = await runtime(directory, options.cgroup);
  const { child, said, ended } = crun('run', '--bundle', directory, 'vigia');
  const finish = async (command: readonly string[]) => {
    await crun(...command).ended;
    return await ended;
  };
  return {
    output: () => said.stdout,
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

/** Runs a container to its end. */
export async function runContainer(image: Image, options: ContainerOptions): Promise<Ended> {
  await using container = await startContainer(image, options);
  return await container.ended;
}

/** crun, which makes no cgroup, and is shown none but v2: it refuses to work beside v1. */
async function runtime(directory: string, cgroup?: string) {
  const shown = cgroup ?? (await findCgroupMount()) ?? CGROUPS;
  const script = `mount --bind "$0" ${CGROUPS} && exec crun "$@"`;
  const settings = ['--root', join(directory, 'state'), '--cgroup-manager=disabled'];
  return (...args: readonly string[]) => {
    const command = ['--mount', 'sh', '-c', script, shown, ...settings, ...args];
    const child = endWithTests(spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'] }));
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...said }));
    return { child, said, ended };
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

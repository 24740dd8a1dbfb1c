import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Samples } from '../monitoring/samples.ts';
import { runInside, startInside, until } from '../process/process.ts';
import { VIGIA } from '../scene/daemon.ts';

const FIRST_PROCESS = join(import.meta.dirname, 'node-container.sh');
const PORT = 9770;

/** A pod as created by such a node's kubelet, with one container. */
export interface NestedPod {
  readonly uid: string;
  readonly containerId: string;
  /** Directory of the container's cgroup, as seen by the host. */
  readonly cgroup: string;
}

/** A node that is a container. At disposal its processes and mounts are removed. */
export interface NestedNode extends AsyncDisposable {
  /** Directory of its cgroup, as seen by the host. */
  readonly cgroup: string;
  readonly makePod: (uid: string) => NestedPod;
  /** Creates a cgroup below the node's. */
  readonly makeCgroup: (path: string) => string;
  /** Runs a command in its namespaces and returns its output. */
  readonly run: (command: readonly string[]) => Promise<string>;
  /** Starts `vigia run` there with only these flags, and waits until it serves. */
  readonly startVigia: (...flags: readonly string[]) => Promise<void>;
  /** Stops it with Ctrl-C's signal. */
  readonly stopVigia: () => Promise<void>;
  /** Metrics of a snapshot newer than the call. */
  readonly samples: () => Promise<Samples>;
}

/** Starts a node below a cgroup, as docker would, in a network namespace. */
export async function openNestedNode(
  parent: string,
  name: string,
  netns: string,
): Promise<NestedNode> {
  const cgroup = join(parent, `docker-${randomBytes(32).toString('hex')}.scope`);
  mkdirSync(cgroup);
  const namespaces = ['--cgroup', '--mount', '--pid', '--fork', '--uts', '--kill-child'];
  const outside = await startInside(cgroup, [
    ...['nsenter', `--net=${netns}`, 'unshare', ...namespaces, '--mount-proc'],
    ...['sh', FIRST_PROCESS, name],
  ]);
  await outside.prints('ready');
  const pid = childOf(outside.pid);
  const services = join(cgroup, 'init.scope');
  const inside = (command: readonly string[]) => [
    ...['nsenter', `--target=${pid}`, '--mount', '--pid', '--net', '--uts', '--cgroup'],
    ...command,
  ];
  const run = (command: readonly string[]) => runInside(services, inside(command));
  const scrape = async () =>
    new Samples(
      await run([
        ...[process.execPath, '--input-type=module', '--eval'],
        `console.log(await (await fetch('http://127.0.0.1:${PORT}/metrics')).text())`,
      ]),
    );
  let daemon: Awaited<ReturnType<typeof startInside>> | undefined;
  const makeCgroup = (path: string) => {
    const directory = join(cgroup, path);
    mkdirSync(directory, { recursive: true });
    return directory;
  };
  return {
    cgroup,
    makeCgroup,
    makePod: (uid) => {
      const containerId = randomBytes(32).toString('hex');
      const stem = 'kubelet-kubepods-burstable';
      const slice = `${stem}-pod${uid.replaceAll('-', '_')}.slice`;
      const path = `kubelet.slice/kubelet-kubepods.slice/${stem}.slice/${slice}`;
      return {
        uid,
        containerId,
        cgroup: makeCgroup(`${path}/cri-containerd-${containerId}.scope`),
      };
    },
    run,
    startVigia: async (...flags) => {
      const script = 'echo $$ >/run/vigia.pid && exec "$0" run --interval=1s "$@"';
      daemon = await startInside(services, inside(['sh', '-c', script, VIGIA, ...flags]));
      await daemon.prints('/metrics');
    },
    stopVigia: async () => {
      await run(['sh', '-c', 'kill -INT "$(cat /run/vigia.pid)"']);
      await daemon?.end();
    },
    samples: async () => {
      const takenAt = (samples: Samples) => samples.one('vigia_snapshot_timestamp_seconds');
      const before = Date.now() / 1000;
      return await until('a newer snapshot', async () => {
        const samples = await scrape();
        return takenAt(samples) > before ? samples : undefined;
      });
    },
    [Symbol.asyncDispose]: async () => {
      process.kill(pid, 'SIGKILL'); // kills all processes in its pid namespace
      await outside[Symbol.asyncDispose]();
      await daemon?.[Symbol.asyncDispose]();
    },
  };
}

function childOf(pid: number): number {
  const unshare = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return Number(unshare);
}

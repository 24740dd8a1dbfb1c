import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { groupOf, strangerOf } from '../config/users.ts';
import { ObserveError, observedTree } from '../daemon/kernel-source.ts';
import { closeRunDirectory, openSocketPlace } from '../daemon/run-directory.ts';
import { type Bpftool, findBpftool } from '../kernel/bpftool.ts';
import { levelOfOwn, ROOT_ID } from '../kernel/cgroup-level.ts';
import { kernelFeatures } from '../kernel/kernel-features.ts';
import type { LoadOptions } from '../kernel/load/load-plan.ts';
import { type Loaded, load as loadPrograms } from '../kernel/load/loader.ts';
import type { Log } from '../log.ts';
import { type CgroupTree, childrenOf, depthOf } from '../workloads/cgroup-tree.ts';
import type { Invocation } from './command.ts';

const TOLD: Readonly<Record<Loaded, string>> = {
  unchanged: 'loaded already; nothing was changed',
  started: 'loaded; counting from now on',
  'taken over': 'loaded in place of another version; the counters go on',
  'started afresh': 'loaded in place of a version with another layout; the counters begin at zero',
};

/** The same where something had been removed, or changed, since it was loaded. */
const MENDED: Readonly<Record<Loaded, string>> = {
  unchanged: 'mended; nothing else was changed',
  started: 'mended: loaded anew; counting from now on',
  'taken over': 'mended: loaded again; the counters go on',
  'started afresh': 'mended: loaded anew, without the tables of before; the counters begin at zero',
};

/** Loads the programs, unless the same are loaded already, and says what became of the counters. */
export async function load(config: Config, log: Log, signal: AbortSignal): Promise<void> {
  const bpftool = await findBpftool(config.bpftool);
  warnOfStranger(config.uid, log);
  await closeRunDirectory();
  const options = await loadOptions(config, bpftool);
  const beforeStep = () => signal.throwIfAborted();
  const onWithout = (what: string, err: unknown) =>
    log.warn({ err }, `this kernel refuses ${what}; going on without it`);
  const lost: string[] = [];
  const onMending = (what: readonly string[]) => void lost.push(...what);
  const loaded = await loadPrograms(bpftool, options, { beforeStep, onWithout, onMending });
  const about = { bpffs: config.bpffs, observed: options.cgroup.path };
  if (lost.length === 0) log.info(about, TOLD[loaded]);
  else log.warn({ ...about, lost }, `${MENDED[loaded]}; what was missing: ${lost.join(', ')}`);
}

/** Programs of that user could read the tables, and keep the daemon from them. */
function warnOfStranger(uid: number, log: Log): void {
  const name = strangerOf(uid);
  if (name === undefined) return;
  const remedy = 'add a user vigia (useradd --system vigia), or choose another --uid (VIGIA_UID)';
  log.warn(`uid ${uid} belongs to the user ${name}, whose programs may read the tables; ${remedy}`);
}

export async function run({ config, log, signal }: Invocation): Promise<number> {
  await load(config, log, signal);
  // Who serves may be started later, without any right to make itself a place.
  const { uid, socketPath } = config;
  if (isBeside(config)) await openSocketPlace(socketPath, { uid, gid: groupOf(uid) });
  return 0;
}

/** In a pod each container has a place of its own. */
function isBeside({ bpffs, socketPath }: Config): boolean {
  return dirname(bpffs) === dirname(socketPath);
}

async function loadOptions(config: Config, bpftool: Bpftool): Promise<LoadOptions> {
  const tree = await observedTree(config);
  const { mount, root } = tree;
  const objects = objectsDirectory();
  const hiddenLevels = await levelsAbove(tree, bpftool, { bpffs: config.bpffs, objects });
  const level = hiddenLevels + depthOf(tree);
  return {
    bpffs: config.bpffs,
    cgroup: { path: root, id: (await stat(root)).ino, level, hiddenLevels },
    cgroupMount: mount,
    uid: config.uid,
    retentionMs: config.retentionMs,
    mapMemoryBytes: config.mapMemoryBytes,
    hasPackets: config.packets === 'on',
    mining: config.mining,
    objects,
    ...(await kernelFeatures(bpftool, { bpffs: config.bpffs, objects })),
  };
}

/** None on a host; a node that is a container (kind, k3d, minikube) sees what is below its cgroup. */
async function levelsAbove(
  { mount, root }: CgroupTree,
  bpftool: Bpftool,
  places: { readonly bpffs: string; readonly objects: string },
): Promise<number> {
  const { ino } = await stat(mount);
  const isAll = root === mount;
  if (ino === ROOT_ID) return 0;
  if (isAll && (await childrenOf(mount)).length === 0)
    throw new ObserveError(
      `${mount} shows the cgroup of one container and none below it: mount the /sys/fs/cgroup of ` +
        'the node there, or name what is to be observed with --cgroup (VIGIA_CGROUP)',
    );
  const level = await levelOfOwn(bpftool, ino, places);
  if (level !== undefined) return level;
  throw new ObserveError(
    `${mount} shows a part of the cgroup v2 hierarchy that this process is not in: load in a ` +
      'process of that node (docker exec, or a pod), or where the whole hierarchy is mounted',
  );
}

/** Beside the bundle, or in dist/ of the checkout that this file is a part of. */
function objectsDirectory(): string {
  const shipped = join(import.meta.dirname, 'bpf');
  return existsSync(shipped) ? shipped : join(import.meta.dirname, '../../dist/bpf');
}

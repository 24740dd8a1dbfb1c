import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
import type { ConfigOf } from './command-settings.ts';

const RESULTS: Readonly<Record<Loaded, string>> = {
  unchanged: 'already loaded; nothing changed',
  started: 'loaded; counting starts now',
  'taken over': 'loaded, replacing another version; the counters continue',
  restarted: 'loaded, replacing a version with a different layout; the counters restart at zero',
};

/** The same after a repair of pins that were removed or changed since the load. */
const REPAIRED: Readonly<Record<Loaded, string>> = {
  unchanged: 'repaired; nothing else changed',
  started: 'repaired by a new load; counting starts now',
  'taken over': 'repaired by loading again; the counters continue',
  restarted: 'repaired by a new load, without the previous tables; the counters restart at zero',
};

/** Loads the programs unless the same ones are loaded, and logs what happened to the counters. */
export async function load(config: ConfigOf<'load'>, log: Log, signal: AbortSignal): Promise<void> {
  const bpftool = await findBpftool(config.bpftool);
  warnOfSharedUid(config.uid, log);
  await closeRunDirectory();
  const options = await loadOptions(config, bpftool);
  const beforeStep = () => signal.throwIfAborted();
  const onWithout = (what: string, err: unknown) =>
    log.warn({ err }, `this kernel rejects ${what}; continuing without it`);
  const missing: string[] = [];
  const onRepair = (what: readonly string[]) => void missing.push(...what);
  const loaded = await loadPrograms(bpftool, options, { beforeStep, onWithout, onRepair });
  const about = { bpffs: config.bpffs, observed: options.cgroup.path };
  if (missing.length === 0) log.info(about, RESULTS[loaded]);
  else log.warn({ ...about, missing }, `${REPAIRED[loaded]}; was missing: ${missing.join(', ')}`);
}

/** Programs of that user can read the tables, and lock the daemon out of them. */
function warnOfSharedUid(uid: number, log: Log): void {
  const name = strangerOf(uid);
  if (name === undefined) return;
  const remedy = 'create a user vigia (useradd --system vigia), or set another --uid (VIGIA_UID)';
  log.warn(`user ${name} has uid ${uid}, so its programs can read the tables; ${remedy}`);
}

export async function run({ config, log, signal }: Invocation<'load'>): Promise<number> {
  await load(config, log, signal);
  // The daemon may start later, without the right to create this directory itself.
  const { uid, socketPath } = config;
  if (isBeside(config)) await openSocketPlace(socketPath, { uid, gid: groupOf(uid) });
  return 0;
}

/** On a host both are in one directory. In a pod each container has its own volume. */
function isBeside({ bpffs, socketPath }: ConfigOf<'load'>): boolean {
  return dirname(bpffs) === dirname(socketPath);
}

async function loadOptions(config: ConfigOf<'load'>, bpftool: Bpftool): Promise<LoadOptions> {
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

/**
 * Levels of the hierarchy above the mount: 0 on a host. A node that is a container (kind, k3d,
 * minikube) sees only its own cgroup and those below.
 */
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
      `${mount} shows only the cgroup of one container. Mount the /sys/fs/cgroup of the node ` +
        'there, or set the cgroup to observe with --cgroup (VIGIA_CGROUP)',
    );
  const level = await levelOfOwn(bpftool, ino, places);
  if (level !== undefined) return level;
  throw new ObserveError(
    `${mount} shows a part of the cgroup v2 hierarchy that does not contain this process. Load from ` +
      'a process on that node (docker exec, or a pod), or where the whole hierarchy is mounted',
  );
}

/** Beside the bundle, or in dist/ of a checkout. */
function objectsDirectory(): string {
  const shipped = join(import.meta.dirname, 'bpf');
  return existsSync(shipped) ? shipped : join(import.meta.dirname, '../../dist/bpf');
}

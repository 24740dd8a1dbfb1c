import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type PlaceOf, placesBy } from '../core/place/place.ts';
import { noNames } from '../core/place/pod-name.ts';
import { type ConsumerLock, lockConsumer } from '../kernel/consumer-lock.ts';
import { LockError } from '../kernel/files/lock.ts';
import {
  decodePaths,
  decodeReading,
  hiddenLevelsIn,
  KernelTables,
  type RawTables,
} from '../kernel/tables/kernel-tables.ts';
import { explainTableError, TableError } from '../kernel/tables/table-file.ts';
import { type Log, RateLimit } from '../log.ts';
import { madeByRoot } from '../workloads/cgroup-owner.ts';
import { CgroupPaths } from '../workloads/cgroup-paths.ts';
import { type CgroupTree, walkCgroups } from '../workloads/cgroup-tree.ts';
import { findCgroupMount } from '../workloads/mount.ts';
import { behindNat, nearest, peerClassifier } from '../workloads/peer-classifier.ts';
import { Throttling } from '../workloads/throttling.ts';
import type { OpenCluster } from './cluster.ts';
import type { Source } from './source.ts';

/** This host cannot be observed. */
export class ObserveError extends Error {
  override readonly name = 'ObserveError';
}

const WALK_WARNING_PERIOD_MS = 600_000;

/** Finds the cgroups to observe. */
export async function observedTree({ cgroup }: Pick<Config, 'cgroup'>): Promise<CgroupTree> {
  const mount = await findCgroupMount().catch(() => undefined);
  if (mount === undefined) {
    throw new ObserveError(
      'no cgroup v2 hierarchy is mounted; run vigia doctor for details, or serve a tape with --replay',
    );
  }
  const root = cgroup ?? mount;
  if (root !== mount && !root.startsWith(`${mount}/`)) {
    throw new ObserveError(
      `${root} is not in the cgroup v2 hierarchy, which is mounted at ${mount}; ` +
        'change --cgroup (VIGIA_CGROUP)',
    );
  }
  return { mount, root };
}

/** Reads the kernel's tables as their only consumer. */
export async function openKernelSource(
  config: Config,
  log: Log,
  openCluster?: OpenCluster,
): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const tree = await observedTree(config);
  const lock = stack.use(await lockTables(config));
  const tables = new KernelTables(config.bpffs);
  const placeOf = placesIn(tree, config, log);
  const throttling = new Throttling(tree.mount, placeOf);
  let latest: RawTables | undefined;
  const paths = new CgroupPaths({
    hiddenLevels: () => (latest ? hiddenLevelsIn(latest) : 0),
    kernelPaths: async (signal) => decodePaths(await tables.readPaths(signal)),
    walk: (signal) => walkCgroups(tree, signal),
    onWalkError: walkErrorLog(log),
  });
  const cluster = await openCluster?.();
  if (cluster) stack.use(cluster);
  const byNetwork = peerClassifier(config);
  const naming = {
    placeOf,
    names: cluster?.names ?? noNames,
    directory: cluster?.directory,
    classOf: (address: string) => nearest(cluster?.classOf(address), byNetwork(address)),
    billing: {
      isOtherRegion: (address: string) => cluster?.isOtherRegion(address) ?? false,
      isBehindNat: behindNat(config.natNetworks),
    },
  };
  const owned = stack.move();
  return {
    observed: tree.root,
    intervalMs: config.intervalMs,
    watches: cluster?.watches ?? [],
    node: cluster?.node,
    read: async (signal) => {
      await lock.renew();
      await tables.begin(signal);
      latest = await tables.read(signal);
      const reading = decodeReading(latest);
      const waiting = Array.from(reading.usage, ({ cgroupId, cpu: { waitNs } }) => ({
        cgroupId,
        waitNs,
      }));
      const ids = waiting.map(({ cgroupId }) => cgroupId);
      const pathOf = await paths.resolve(ids, signal);
      const throttledNsOf = await throttling.read(waiting, pathOf, signal);
      return { reading, attribution: { ...naming, pathOf, throttledNsOf } };
    },
    acknowledge: (signal) => tables.acknowledge(signal),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function placesIn({ mount, root }: CgroupTree, { kubeletRoot }: Config, log: Log): PlaceOf {
  if (kubeletRoot !== undefined && !existsSync(join(mount, kubeletRoot)))
    log.warn(
      `no cgroup ${kubeletRoot}, so no pods are found until it exists; check --kubelet-root`,
    );
  const observed = root.slice(mount.length);
  return placesBy({ kubeletRoot, isMadeByRoot: madeByRoot(mount), observed });
}

async function lockTables({ bpffs, nodeName }: Config): Promise<ConsumerLock> {
  return await lockConsumer(bpffs, nodeName).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof LockError) throw cause;
    throw new TableError(explainTableError(bpffs, cause, bpffs), { cause });
  });
}

function walkErrorLog(log: Log): (err: unknown) => void {
  const limit = new RateLimit(WALK_WARNING_PERIOD_MS);
  return (err) => {
    const suppressed = limit.admit(performance.now());
    if (suppressed !== undefined) {
      log.warn(
        { err, suppressed },
        'cannot walk the cgroup tree; cgroups that are older than the load stay unattributed',
      );
    }
  };
}

import { join } from 'node:path';
import { type Check, type CheckResult, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

const cgroup2: Check = {
  name: 'cgroup v2',
  run: (host) => {
    const mounts = mountPoints(host, 'cgroup2');
    const [mount] = mounts;
    if (mount === undefined) {
      return fail(
        'not mounted',
        'boot with systemd.unified_cgroup_hierarchy=1, or: mount -t cgroup2 none /sys/fs/cgroup',
      );
    }
    const { cgroup } = host.config;
    if (cgroup === undefined && !host.isRootCgroup(mount)) return nodeInContainer(host, mount);
    if (cgroup === undefined) return ok(`mounted at ${mount}`);
    const isInside = mounts.some((each) => cgroup === each || cgroup.startsWith(`${each}/`));
    if (isInside && host.exists(cgroup)) return ok(`observing ${cgroup}`);
    return fail(
      `${cgroup} is not a cgroup of the hierarchy at ${mount}`,
      'change --cgroup (VIGIA_CGROUP), or remove it to observe everything',
    );
  },
};

function nodeInContainer(host: Host, mount: string): CheckResult {
  if (host.directories(mount).length > 0)
    return ok(`this node is a container; observing the cgroups below its own, at ${mount}`);
  return fail(
    `${mount} shows only the cgroup of one container`,
    'mount the /sys/fs/cgroup of the node there, or set --cgroup (VIGIA_CGROUP)',
  );
}

/** Containers in cgroup v1 hierarchies are invisible to Vigia. */
const containers: Check = {
  name: 'containers',
  run: (host) => {
    const inUse = (type: string) =>
      mountPoints(host, type).some((mount) => holdsContainers(host, mount));
    if (inUse('cgroup2')) return ok('in cgroup v2');
    if (!inUse('cgroup')) return ok('none running');
    return fail(
      'all containers are in cgroup v1, so their figures cannot be separated',
      'boot with systemd.unified_cgroup_hierarchy=1 and restart the container runtime',
    );
  },
};

const kubeletRoot: Check = {
  name: 'kubelet root',
  run: (host) => {
    const { kubeletRoot: root } = host.config;
    if (root === undefined) return ok('found by name, among cgroups that only root could create');
    if (mountPoints(host, 'cgroup2').some((mount) => host.exists(join(mount, root))))
      return ok(`pods are below ${root}`);
    return warn(
      `no cgroup ${root}, so no pods are found`,
      'start the kubelet, or change --kubelet-root (VIGIA_KUBELET_ROOT)',
    );
  },
};

/** Directories that kubelets and container engines create, under both cgroup drivers. */
const CONTAINER_DIRECTORIES = [
  /^kubepods/,
  /^(docker|machine|machine\.slice|libpod_parent)$/,
  /^(docker|libpod|crio|cri-containerd|nspawn)-.+\.(scope|service)$/,
];

/** Enough to find a pod on a full node; bounds the search on any host. */
const LIMITS = { depth: 4, directories: 5000 };

function holdsContainers(host: Host, mount: string): boolean {
  const budget = { left: LIMITS.directories };
  const search = (directory: string, depth: number): boolean =>
    host.directories(directory).some((name) => {
      const path = join(directory, name);
      if (budget.left-- <= 0) return false;
      if (CONTAINER_DIRECTORIES.some((known) => known.test(name)))
        return holdsProcesses(host, path, LIMITS.depth, budget);
      return depth > 0 && search(path, depth - 1);
    });
  return search(mount, LIMITS.depth);
}

function holdsProcesses(
  host: Host,
  directory: string,
  depth: number,
  budget: { left: number },
): boolean {
  if (host.read(join(directory, 'cgroup.procs'))) return true;
  if (depth === 0 || budget.left-- <= 0) return false;
  return host
    .directories(directory)
    .some((name) => holdsProcesses(host, join(directory, name), depth - 1, budget));
}

function mountPoints(host: Host, type: string): string[] {
  return host.mounts().flatMap((mount) => (mount.type === type ? mount.mountPoint : []));
}

export const cgroupChecks: readonly Check[] = [cgroup2, containers, kubeletRoot];

import { join } from 'node:path';
import { type Check, type Finding, fail, ok, warn } from './check.ts';
import type { Host } from './host.ts';

const cgroup2: Check = {
  name: 'cgroup v2',
  look: (host) => {
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
      `${cgroup} is no cgroup of the hierarchy at ${mount}`,
      'change --cgroup (VIGIA_CGROUP), or leave it out to observe everything',
    );
  },
};

function nodeInContainer(host: Host, mount: string): Finding {
  if (host.directories(mount).length > 0)
    return ok(`this node is a container: what is below its own cgroup, at ${mount}, is observed`);
  return fail(
    `${mount} shows the cgroup of one container and none below it`,
    'mount the /sys/fs/cgroup of the node there, or choose --cgroup (VIGIA_CGROUP)',
  );
}

/** A host may run its containers in cgroup v1 hierarchies, where we see nothing of theirs. */
const containers: Check = {
  name: 'containers',
  look: (host) => {
    const inUse = (type: string) =>
      mountPoints(host, type).some((mount) => holdsContainers(host, mount));
    if (inUse('cgroup2')) return ok('in cgroup v2');
    if (!inUse('cgroup')) return ok('none running');
    return fail(
      'they live only in cgroup v1, so none of them can be told from another',
      'boot with systemd.unified_cgroup_hierarchy=1 and restart the container runtime',
    );
  },
};

const kubeletRoot: Check = {
  name: 'kubelet root',
  look: (host) => {
    const { kubeletRoot: root } = host.config;
    if (root === undefined) return ok('found by its name, where only root can have made it');
    if (mountPoints(host, 'cgroup2').some((mount) => host.exists(join(mount, root))))
      return ok(`pods are below ${root}`);
    return warn(
      `there is no cgroup ${root}, so no pod is found`,
      'start the kubelet, or change --kubelet-root (VIGIA_KUBELET_ROOT)',
    );
  },
};

/** Directories that kubelets and container engines make, under both cgroup drivers. */
const CONTAINER_DIRECTORIES = [
  /^kubepods/,
  /^(docker|machine|machine\.slice|libpod_parent)$/,
  /^(docker|libpod|crio|cri-containerd|nspawn)-.+\.(scope|service)$/,
];

/** Enough to find a pod on a full node, and an end to it on any. */
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

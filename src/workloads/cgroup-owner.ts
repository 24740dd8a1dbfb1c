import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Write permission for group and others. */
const WRITABLE = 0o022;

/** Far more than the kubelet roots of a node. */
const MOST_KNOWN = 64;

/**
 * Whether only root could create a cgroup: it and all cgroups above it belong to the owner of the
 * hierarchy, and no other user can write there. A cgroup that is gone is judged by those above it that
 * still exist.
 *
 * @param mount mount point of the cgroup v2 hierarchy
 */
export function madeByRoot(mount: string): (cgroupPath: string) => boolean {
  const known = new Set<string>();
  return (cgroupPath) => {
    if (known.has(cgroupPath)) return true;
    const root = ownerOf(mount);
    const owners = pathsTo(cgroupPath).map((path) => ownerOf(join(mount, path)));
    const isRoots = owners.every((owner) => owner === undefined || owner === root);
    // Such a cgroup cannot change hands later, so the result can be cached.
    if (isRoots && !owners.includes(undefined) && known.size < MOST_KNOWN) known.add(cgroupPath);
    return isRoots;
  };
}

/** `/a`, `/a/b` … of `/a/b/c`. */
function pathsTo(cgroupPath: string): string[] {
  const names = cgroupPath.split('/').filter((name) => name !== '');
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
}

const SEVERAL = 'several';

/** NOTE: synchronous, because an asynchronous call takes ten times as long for data in memory. */
function ownerOf(directory: string): number | typeof SEVERAL | undefined {
  try {
    const { uid, mode } = statSync(directory);
    return (mode & WRITABLE) === 0 ? uid : SEVERAL;
  } catch {
    return undefined;
  }
}

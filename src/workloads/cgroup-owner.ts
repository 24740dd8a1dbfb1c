import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Others may write. */
const WRITABLE = 0o022;

/** Far more than a node has kubelets. */
const MOST_KNOWN = 64;

/**
 * Whether only root can have made a cgroup: it and all that are above belong to whom the hierarchy
 * belongs to, and nobody else may write there. What is gone was made by whoever may write above it,
 * and a path without a hierarchy, as on a tape, has to do.
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
    // A cgroup that was looked at and is root's, as is all above it, is nobody else's later.
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

/** NOTE: not asynchronous, which takes ten times as long for what the kernel has in memory. */
function ownerOf(directory: string): number | typeof SEVERAL | undefined {
  try {
    const { uid, mode } = statSync(directory);
    return (mode & WRITABLE) === 0 ? uid : SEVERAL;
  } catch {
    return undefined;
  }
}

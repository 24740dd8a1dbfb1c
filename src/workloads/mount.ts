import { readFile } from 'node:fs/promises';

const MOUNTINFO = '/proc/self/mountinfo';

/**
 * Mount point of the cgroup v2 hierarchy, also on hybrid hosts; undefined if there is none. Of several
 * mounts, picks the one that shows most of the hierarchy.
 */
export function cgroupMountIn(mountinfo: string): string | undefined {
  let best: { root: string; mountPoint: string } | undefined;
  for (const line of mountinfo.split('\n')) {
    // proc_pid_mountinfo(5): id parent major:minor root mount-point options [tags…] - fstype …
    const [before = '', after = ''] = line.split(' - ', 2);
    if (!after.startsWith('cgroup2 ')) continue;
    const [, , , root, mountPoint] = before.split(' ');
    if (root === undefined || mountPoint === undefined) continue;
    if (!best || showsMore(root, best.root)) best = { root, mountPoint };
  }
  return best && unescapeOctal(best.mountPoint);
}

/**
 * Roots are relative to the cgroup namespace: in a container the host's hierarchy is at `/../..`, the
 * container's own part at `/`.
 */
function showsMore(root: string, other: string): boolean {
  const [ups, otherUps] = [upsIn(root), upsIn(other)];
  return ups === otherUps ? root.length < other.length : ups > otherUps;
}

function upsIn(root: string): number {
  return root.split('/').filter((step) => step === '..').length;
}

export async function findCgroupMount(signal?: AbortSignal): Promise<string | undefined> {
  return cgroupMountIn(await readFile(MOUNTINFO, { encoding: 'utf8', signal }));
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

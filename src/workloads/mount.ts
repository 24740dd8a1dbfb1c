import { readFile } from 'node:fs/promises';

const MOUNTINFO = '/proc/self/mountinfo';

/**
 * Mount point of the cgroup v2 hierarchy, on a unified host or beside version 1 on a hybrid one;
 * undefined where there is none. Of several mounts the one that shows most of the hierarchy wins.
 */
export function cgroupMountIn(mountinfo: string): string | undefined {
  let best: { root: string; mountPoint: string } | undefined;
  for (const line of mountinfo.split('\n')) {
    // proc_pid_mountinfo(5): id parent major:minor root mount-point options [tags…] - fstype …
    const [before = '', after = ''] = line.split(' - ', 2);
    if (!after.startsWith('cgroup2 ')) continue;
    const [, , , root, mountPoint] = before.split(' ');
    if (root === undefined || mountPoint === undefined) continue;
    if (!best || root.length < best.root.length) best = { root, mountPoint };
  }
  return best && unescapeOctal(best.mountPoint);
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

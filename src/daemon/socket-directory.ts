import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Where our socket is unless told otherwise, beside the bpffs, which stays root's. */
const OWN_DIRECTORY = '/run/vigia';

/** Sticky: its group may make files in it, and remove no others. */
const MODE = 0o1775;

/** Lets a group make its socket there. Any other directory is its owner's to open. */
export async function openSocketDirectory(socketPath: string, gid: number): Promise<void> {
  if (dirname(socketPath) !== OWN_DIRECTORY) return;
  await mkdir(OWN_DIRECTORY, { recursive: true });
  await chown(OWN_DIRECTORY, 0, gid);
  await chmod(OWN_DIRECTORY, MODE);
}

import { readdirSync, readFileSync } from 'node:fs';

/** Root privileges could not be dropped irrevocably. */
export class PrivilegeError extends Error {
  override readonly name = 'PrivilegeError';
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Switches to `uid` with one group and no capability. Throws if that could be undone. */
export function dropPrivileges(uid: number, gid: number): void {
  try {
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (cause) {
    throw new PrivilegeError(
      `cannot switch to user ${uid}; add CAP_SETUID and CAP_SETGID, or start as that user`,
      { cause },
    );
  }
  if (canReturn()) throw new PrivilegeError(`switched to user ${uid}, but can switch back to root`);
  const thread = privilegedThread();
  if (thread !== undefined) {
    throw new PrivilegeError(
      `switched to user ${uid}, but thread ${thread} still has a capability`,
    );
  }
}

function canReturn(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

/** Each thread has its own capabilities, and libc must drop them on all threads. */
function privilegedThread(): string | undefined {
  return readdirSync('/proc/self/task').find((thread) => {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
    return !/^CapPrm:\s*0+\nCapEff:\s*0+$/m.test(status);
  });
}

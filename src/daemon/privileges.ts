import { readdirSync, readFileSync } from 'node:fs';

/** Root's rights could not be given up for good. */
export class PrivilegeError extends Error {
  override readonly name = 'PrivilegeError';
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Becomes `uid` with one group and no capability, for good; throws if it is not for good. */
export function dropPrivileges(uid: number, gid: number): void {
  try {
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (cause) {
    throw new PrivilegeError(
      `cannot become user ${uid}: give CAP_SETUID and CAP_SETGID, or start as that user`,
      { cause },
    );
  }
  if (canReturn()) throw new PrivilegeError(`became user ${uid}, but can become root again`);
  const thread = privilegedThread();
  if (thread !== undefined) {
    throw new PrivilegeError(`became user ${uid}, but thread ${thread} has kept a capability`);
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

/** Capabilities belong to threads: that libc told all of them is worth a look. */
function privilegedThread(): string | undefined {
  return readdirSync('/proc/self/task').find((thread) => {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
    return !/^CapPrm:\s*0+\nCapEff:\s*0+$/m.test(status);
  });
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DirectoryLock,
  LockError,
  type LockOptions,
  lockDirectory,
  ownName,
} from './files/lock.ts';
import { CONSUMER_LOCK } from './load/pins.ts';

/** The lock of the only consumer of the tables in a directory. Ends with the process. */
export interface ConsumerLock extends AsyncDisposable {
  /**
   * Must be called before each tick. A load on a new bpffs creates a new lock: takes that lock, or
   * throws LockError if another consumer has it.
   */
  readonly renew: () => Promise<void>;
}

/**
 * Makes this process the only consumer. Only a consumer may acknowledge, because two would remove
 * each other's ended pods. The lock is on the bpffs, the only thing that two pods share. A load
 * gives it to the user of the tables, so only that user and root can take it.
 */
export async function lockConsumer(bpffs: string, nodeName?: string): Promise<ConsumerLock> {
  let held = await take(bpffs, nodeName);
  return {
    renew: async () => {
      // While the lock is missing, no other consumer can take it.
      if (held.isInPlace() !== false) return;
      const before = held;
      held = await take(bpffs, nodeName);
      await before[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

/** Throws LockError if a consumer reads the tables. Without permission to check, assumes none. */
export async function requireNoConsumer(bpffs: string): Promise<void> {
  try {
    await (await lockDirectory(join(bpffs, CONSUMER_LOCK), refusalFor(bpffs)))[
      Symbol.asyncDispose
    ]();
  } catch (error) {
    if (error instanceof LockError) throw error;
  }
}

async function take(bpffs: string, nodeName: string | undefined): Promise<DirectoryLock> {
  const path = join(bpffs, CONSUMER_LOCK);
  // Usually a load has created it. In this user's own directory, no load is needed.
  await mkdir(path, { mode: 0o700 }).catch(() => {});
  return await lockDirectory(path, { ...refusalFor(bpffs), name: ownName(nodeName) });
}

function refusalFor(bpffs: string): LockOptions {
  return { refusal: `${bpffs}: another vigia run reads these tables`, remedy: 'stop it first' };
}

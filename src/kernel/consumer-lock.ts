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

/** Held by the only consumer of the tables below a directory, until disposed or dead. */
export interface ConsumerLock extends AsyncDisposable {
  /**
   * To be called ahead of each tick. Tables that were loaded anew on another bpffs have another
   * lock: takes that one, or throws LockError where another consumer was faster.
   */
  readonly renew: () => Promise<void>;
}

/**
 * Makes this process the only consumer. Only a consumer may acknowledge: two would take each other's
 * finished pods away. The lock lies on the bpffs, which is all that two pods share, and a load gives
 * it to the user that may read the tables: nobody else but root can take it.
 */
export async function lockConsumer(bpffs: string, nodeName?: string): Promise<ConsumerLock> {
  let held = await take(bpffs, nodeName);
  return {
    renew: async () => {
      // While there is none, nobody takes it.
      if (held.isInPlace() !== false) return;
      const before = held;
      held = await take(bpffs, nodeName);
      await before[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

/** Throws LockError where somebody reads the tables now, as far as this user may know. */
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
  // A load makes it; where the directory is this user's own, there is no need for one.
  await mkdir(path, { mode: 0o700 }).catch(() => {});
  return await lockDirectory(path, { ...refusalFor(bpffs), name: ownName(nodeName) });
}

function refusalFor(bpffs: string): LockOptions {
  return { refusal: `${bpffs}: another vigia run reads these tables`, remedy: 'stop it first' };
}

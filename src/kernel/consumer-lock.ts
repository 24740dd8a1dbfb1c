import { realpath } from 'node:fs/promises';
import { exclusively } from './lock.ts';

/**
 * Makes this process the only consumer of the tables below a directory, until disposed or dead.
 * Only a consumer may acknowledge: two would take each other's finished pods away. The lock is named
 * for the path: every bpffs has the same inode at its root, and device numbers come back.
 */
export async function lockConsumer(directory: string): Promise<AsyncDisposable> {
  return await exclusively(
    `consumer:${await realpath(directory)}`,
    `${directory}: another vigia run reads these tables; stop it first, ` +
      'or see who it is: ss -xlp | grep vigia-consumer',
  );
}

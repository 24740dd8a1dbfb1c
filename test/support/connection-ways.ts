import { release } from 'node:os';
import { offersSocketStorage } from '../../src/kernel/machine.ts';

/** Whether this kernel lets connections be kept at their sockets, which is the newer way. */
export const HAS_SOCKET_STORAGE: boolean = offersSocketStorage(release());

/** Each way in which this kernel lets connections be kept. */
export const WAYS: readonly { readonly way: string; readonly hasSocketStorage: boolean }[] = [
  { way: 'at their sockets', hasSocketStorage: true },
  { way: 'by address', hasSocketStorage: false },
].filter(({ hasSocketStorage }) => HAS_SOCKET_STORAGE || !hasSocketStorage);

import { removeStaleSocket } from '../api/grpc/socket.ts';
import { observedTree } from '../daemon/kernel-source.ts';
import { findBpftool } from '../kernel/bpftool.ts';
import { unload } from '../kernel/loader.ts';
import type { Invocation } from './command.ts';

/** Takes everything out of the kernel again. Unloading what is not loaded is no error. */
export async function run({ config, log }: Invocation): Promise<number> {
  const { mount } = await observedTree(config);
  const bpftool = await findBpftool(config.bpftool);
  await removeStaleSocket(config.socketPath);
  const wasLoaded = await unload(bpftool, { bpffs: config.bpffs, cgroupMount: mount });
  const told = wasLoaded ? 'unloaded; nothing is left' : 'nothing was loaded';
  log.info({ bpffs: config.bpffs }, told);
  return 0;
}

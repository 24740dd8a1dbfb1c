import { observedTree } from '../daemon/kernel-source.ts';
import { closeRunDirectory, closeSocketPlace } from '../daemon/run-directory.ts';
import { findBpftool } from '../kernel/bpftool.ts';
import { seesAttached } from '../kernel/load/attachments.ts';
import { unload } from '../kernel/load/loader.ts';
import type { Invocation } from './command.ts';

/** Takes everything out of the kernel again. Unloading what is not loaded is no error. */
export async function run({ config, log }: Invocation): Promise<number> {
  const { mount, root } = await observedTree(config);
  const bpftool = await findBpftool(config.bpftool);
  const { bpffs, socketPath } = config;
  await closeRunDirectory();
  await closeSocketPlace(socketPath).catch((err: Error) =>
    log.warn(`the socket stays: ${err.message}`),
  );
  const options = { bpffs, cgroupMount: mount, cgroup: { path: root } };
  const wasLoaded = await unload(bpftool, options);
  log.info({ bpffs }, toldOf(wasLoaded));
  return 0;
}

function toldOf(wasLoaded: boolean): string {
  if (!wasLoaded) return 'nothing was loaded';
  if (seesAttached()) return 'unloaded; nothing is left';
  return 'unloaded; without CAP_SYS_ADMIN nothing was looked for beyond what is pinned here';
}

import { observedTree } from '../daemon/kernel-source.ts';
import { closeRunDirectory, closeSocketPlace } from '../daemon/run-directory.ts';
import { findBpftool } from '../kernel/bpftool.ts';
import { seesAttached } from '../kernel/load/attachments.ts';
import { unload } from '../kernel/load/loader.ts';
import type { Invocation } from './command.ts';

/** Removes everything that a load created. Succeeds if nothing is loaded. */
export async function run({ config, log }: Invocation<'unload'>): Promise<number> {
  const { mount, root } = await observedTree(config);
  const bpftool = await findBpftool(config.bpftool);
  const { bpffs, socketPath } = config;
  await closeRunDirectory();
  await closeSocketPlace(socketPath).catch((err: Error) =>
    log.warn(`cannot remove the socket: ${err.message}`),
  );
  const options = { bpffs, cgroupMount: mount, cgroup: { path: root } };
  const wasLoaded = await unload(bpftool, options);
  log.info({ bpffs }, resultText(wasLoaded));
  return 0;
}

function resultText(wasLoaded: boolean): string {
  if (!wasLoaded) return 'nothing was loaded';
  if (seesAttached()) return 'unloaded all programs, maps and tables';
  return 'unloaded everything pinned here; finding other leftovers needs CAP_SYS_ADMIN';
}

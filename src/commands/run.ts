import type { Config } from '../config/config.ts';
import { groupOf } from '../config/users.ts';
import { quoted } from '../core/text/safe-text.ts';
import { findCluster, findTokenReview } from '../daemon/cluster.ts';
import { startDaemon } from '../daemon/daemon.ts';
import { openKernelSource } from '../daemon/kernel-source.ts';
import { dropPrivileges, isRoot } from '../daemon/privileges.ts';
import { openSocketPlace } from '../daemon/run-directory.ts';
import type { Source } from '../daemon/source.ts';
import { openTapeSource } from '../daemon/tape-source.ts';
import { requireNoConsumer } from '../kernel/consumer-lock.ts';
import { PathError } from '../kernel/files/safe-path.ts';
import type { Invocation } from './command.ts';

/** Serves the kernel's tables, or a tape, until a signal. */
export async function run(invocation: Invocation): Promise<number> {
  const { config, options, program, log, signal } = invocation;
  const isLive = options.replay === undefined;
  const openCluster = isLive ? await findCluster(config, log, process.env) : undefined;
  const tokens = await findTokenReview(config, process.env);
  if (isLive && isRoot()) await loadAndDrop(invocation);
  const source: Source =
    options.replay === undefined
      ? await openKernelSource(config, log, openCluster)
      : await openTapeSource(options.replay, config);
  {
    await using daemon = await startDaemon(config, log, { source, tokens }, signal);
    await daemon.stopped;
  }
  if (isLive)
    log.info(
      `stopped. The kernel programs keep counting. To unload them: ${unloadLine(program, config)}`,
    );
  return 0;
}

/** Loads as root, then drops all privileges before the daemon listens on the network. */
async function loadAndDrop({ config, log, signal }: Invocation): Promise<void> {
  const { uid, bpffs, socketPath } = config;
  // A second daemon must fail before its load replaces the settings of the first.
  await requireNoConsumer(bpffs);
  const { load } = await import('./load.ts');
  await load(config, log, signal);
  const gid = groupOf(uid);
  await openSocketPlace(socketPath, { uid, gid }).catch((err: unknown) => {
    if (!(err instanceof PathError)) throw err;
    log.warn(err.message);
  });
  dropPrivileges(uid, gid);
}

function unloadLine(program: string, { bpffs }: Config): string {
  const words = ['sudo', program, 'unload'];
  if (bpffs !== '/run/vigia/bpf') words.push(`--bpffs=${bpffs}`);
  return words.map(quoted).join(' ');
}

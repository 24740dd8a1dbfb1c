import { sourceCommit, version } from '../config/version.ts';
import { observedTree } from '../daemon/kernel-source.ts';
import { keepTicking } from '../daemon/ticker.ts';
import { decodeReading, KernelTables } from '../kernel/tables/kernel-tables.ts';
import { TapeRecorder } from '../kernel/tables/tape-recorder.ts';
import { type CgroupTree, walkCgroups } from '../workloads/cgroup-tree.ts';
import { type Invocation, UsageError } from './command.ts';

/** Records the tables of every tick. Acknowledges nothing, so a daemon can run at the same time. */
export async function run({
  config,
  options,
  operands,
  log,
  signal,
}: Invocation<'record'>): Promise<number> {
  const [directory, ...others] = operands;
  if (directory === undefined || others.length > 0)
    throw new UsageError('vigia record needs exactly one directory: vigia record DIR');
  const tree = await observedTree(config);
  const tables = new KernelTables(config.bpffs);
  const commit = sourceCommit()?.slice(0, 12);
  const about = {
    version: commit ? `${version} (${commit})` : version,
    intervalMs: config.intervalMs,
    nodeName: config.nodeName,
  };
  // Fails without tables, before the directory is created.
  await tables.read(signal);
  const recorder = await TapeRecorder.open(directory, about, options.maxSizeBytes);
  const paths = new WalkedPaths(tree);
  const enough = new AbortController();
  let ticks = 0;
  const tick = async () => {
    const raw = await tables.read(signal);
    const ids = Array.from(decodeReading(raw).usage, ({ cgroupId }) => cgroupId);
    const path = await tables.readPaths(signal);
    const isRecorded = await recorder.record({ ...raw, path, paths: await paths.of(ids, signal) });
    if (isRecorded) ticks++;
    else log.warn('stopped recording: the next tick would exceed --max-size');
    if (!isRecorded || ticks === options.ticks) enough.abort();
  };
  log.info({ directory, intervalMs: config.intervalMs }, `recording to ${directory}`);
  await tick();
  await keepTicking(config.intervalMs, tick, AbortSignal.any([signal, enough.signal]));
  log.info(
    { ticks, bytes: recorder.bytes },
    `recorded ${ticks} ticks. To serve them on any host: vigia run --replay ${directory}`,
  );
  return 0;
}

/** Walks the cgroup tree again only when a tick has a cgroup that the last walk did not. */
class WalkedPaths {
  readonly #tree: CgroupTree;
  #paths: ReadonlyMap<number, string> = new Map();
  #walked: ReadonlySet<number> = new Set();

  constructor(tree: CgroupTree) {
    this.#tree = tree;
  }

  async of(ids: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, string>> {
    if (ids.some((id) => !this.#walked.has(id)))
      this.#paths = await walkCgroups(this.#tree, signal);
    this.#walked = new Set(ids);
    return this.#paths;
  }
}

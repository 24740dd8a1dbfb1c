import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, rangeOf } from '../lab/measure/statistics.ts';
import { compiled, runInside, startInside } from '../lab/process/process.ts';
import { openScene, type Scene, socketOf } from '../lab/scene/scene.ts';
import { listConnections } from '../src/api/grpc/client.ts';
import { type FlowContext, flowsOf } from '../src/core/flow/flow-list.ts';
import { noDirectory } from '../src/core/flow/peer-directory.ts';
import { decodeReading, KernelTables } from '../src/kernel/tables/kernel-tables.ts';
import { peerClassifier } from '../src/workloads/peer-classifier.ts';
import { loadEmptyPrograms } from './empty-programs.ts';
import { openNetworks } from './networks.ts';
import { pinnedProgram, programsOf, runsById, timePrograms } from './program-costs.ts';
import { startRealDaemon } from './real-daemon.ts';
import type { Figure, Section } from './report.ts';

const ROUNDS = 5;
const STORM = 10_000;
const STORM_BAR_NS = 2000;
/** Both ends are sockets of this machine. */
const ENDS = 2;
/** A process may have 20,000 files open on some machines. */
const HOLDERS = { processes: 6, connections: 4200, firstPort: 9000 };
const READ_BAR_MS = 100;
const MEMORY_BAR_MB = 60;
const TICKS_MS = 26_000;

export const connections: Section = {
  name: 'connections',
  title: 'Connections: what tracking costs them, and reading those that are open',
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    stack.use(timePrograms());
    const scene = stack.use(await openScene({ mapMemoryBytes: 64 * 1024 ** 2 }));
    const { client } = stack.use(openNetworks());
    const crowd = (...words: readonly string[]) => [...client.enter, compiled('crowd'), ...words];
    const idleMb = await rssAfterRequests(scene, signal);
    const storm = await measureStorm(scene, crowd(String(STORM), '64'), signal);
    const { processes, connections, firstPort } = HOLDERS;
    for (let i = 0; i < processes; i++) {
      const command = crowd(String(connections), '64', String(firstPort + i));
      const holder = stack.use(await startInside(scene.makeCgroup('holder'), command));
      await holder.prints('ready');
    }
    const reading = await measureReading(scene, signal);
    const moreMb = (await rssAfterRequests(scene, signal)) - idleMb;
    const memory = { what: 'RSS of the daemon, more', measured: moreMb, unit: 'MB' };
    return [storm, ...reading, { ...memory, bar: MEMORY_BAR_MB }, lossOf(scene)];
  },
};

/**
 * Connect, send, close: all runs of the program, the early ends of other state changes included,
 * above an empty program at the same hook.
 */
async function measureStorm(
  scene: Scene,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Figure> {
  const pin = join(programsOf(scene), 'flow/track_connection');
  const ours = await pinnedProgram(scene.bpftool, pin);
  await using empty = await loadEmptyPrograms(scene.bpftool, 'storm');
  const nsOf = async () => {
    const runs = await runsById(scene.bpftool);
    return (runs.get(ours)?.ns ?? 0) - (runs.get(empty.track_connection)?.ns ?? 0);
  };
  const cgroup = scene.makeCgroup('storm');
  const ns: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    signal.throwIfAborted();
    const before = await nsOf();
    await runInside(cgroup, command);
    ns.push(((await nsOf()) - before) / (STORM * ENDS));
  }
  const what = 'a connection, from SYN to close, each end';
  return { what, measured: median(ns), unit: 'ns', range: rangeOf(ns), bar: STORM_BAR_NS };
}

/** Rows are decoded while they are walked, hence the second walk for the sums alone. */
async function measureReading(scene: Scene, signal: AbortSignal): Promise<Figure[]> {
  const tables = new KernelTables(scene.options.bpffs);
  const context: FlowContext = {
    ownerOf: () => undefined,
    nameOf: () => undefined,
    classOf: peerClassifier({}),
    directory: noDirectory,
    workloadOf: ({ pod }) => pod,
    nowNs: 0,
    secondsOf: (ns) => ns / 1e9,
  };
  const [readMs, summedMs]: [number[], number[]] = [[], []];
  let open = 0;
  for (let round = 0; round < ROUNDS; round++) {
    signal.throwIfAborted();
    const beganMs = performance.now();
    const { flow: flows, connection: found } = decodeReading(await tables.read());
    for (const rows of [flows, found]) for (const _ of rows);
    readMs.push(performance.now() - beganMs);
    const shown = flowsOf(flows, found, context);
    summedMs.push(performance.now() - beganMs);
    open = shown.reduce((sum, { openNow }) => sum + openNow, 0);
  }
  const figure = (what: string, ms: readonly number[]) => {
    return { what, measured: median(ms), unit: 'ms', range: rangeOf(ms), note: `${open} open` };
  };
  return [
    { ...figure('reading and decoding a tick', readMs), bar: READ_BAR_MS },
    figure('the same, and summing up to flows', summedMs),
  ];
}

/** What a daemon takes that has ticked for a while and was asked for all connections. */
async function rssAfterRequests({ options }: Scene, signal: AbortSignal): Promise<number> {
  await using daemon = await startRealDaemon(options);
  await sleep(TICKS_MS, undefined, { signal });
  await listConnections({ socketPath: socketOf(options), timeoutMs: 10_000 }, {}, signal);
  return daemon.rssBytes() / 1e6;
}

function lossOf(scene: Scene): Figure {
  const { 'flow.no_storage': lost = 0 } = scene.lost();
  return { what: 'connections that could not be marked', measured: lost, unit: '', bar: 0 };
}

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
const STORM_LIMIT_NS = 2000;
/** Both ends are sockets on this machine. */
const ENDS = 2;
/** Several processes, because some machines allow only 20,000 open files per process. */
const HOLDERS = { processes: 6, connections: 4200, firstPort: 9000 };
const READ_LIMIT_MS = 100;
const MEMORY_LIMIT_MB = 60;
const TICKS_MS = 26_000;

export const connections: Section = {
  name: 'connections',
  title: 'Connections: cost of tracking them, and of reading the open ones',
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    stack.use(timePrograms());
    const scene = stack.use(await openScene({ mapMemoryBytes: 64 * 1024 ** 2 }));
    const { client } = stack.use(openNetworks());
    const crowd = (...words: readonly string[]) => [...client.enter, compiled('crowd'), ...words];
    const idleMb = await rssAfterRequest(scene, signal);
    const storm = await measureStorm(scene, crowd(String(STORM), '64'), signal);
    const { processes, connections, firstPort } = HOLDERS;
    for (let i = 0; i < processes; i++) {
      const command = crowd(String(connections), '64', String(firstPort + i));
      const holder = stack.use(await startInside(scene.makeCgroup('holder'), command));
      await holder.prints('ready');
    }
    const reading = await measureReading(scene, signal);
    const increaseMb = (await rssAfterRequest(scene, signal)) - idleMb;
    const memory = { what: 'RSS of the daemon, increase', measured: increaseMb, unit: 'MB' };
    return [storm, ...reading, { ...memory, limit: MEMORY_LIMIT_MB }, lossOf(scene)];
  },
};

/**
 * Connect, send, close: all runs of the program, above an empty program at the same hook. Includes
 * runs for state changes that it ignores.
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
  const what = 'connection, from SYN to close, per end';
  return { what, measured: median(ns), unit: 'ns', range: rangeOf(ns), limit: STORM_LIMIT_NS };
}

/** Iterating over rows decodes them, so the sums need a second iteration. */
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
    { ...figure('reading and decoding one tick', readMs), limit: READ_LIMIT_MS },
    figure('the same, with sums by flow', summedMs),
  ];
}

/** RSS of a daemon after some ticks and a request for all connections. */
async function rssAfterRequest({ options }: Scene, signal: AbortSignal): Promise<number> {
  await using daemon = await startRealDaemon(options);
  await sleep(TICKS_MS, undefined, { signal });
  await listConnections({ socketPath: socketOf(options), timeoutMs: 10_000 }, {}, signal);
  return daemon.rssBytes() / 1e6;
}

function lossOf(scene: Scene): Figure {
  const { 'flow.no_storage': lost = 0 } = scene.lost();
  return { what: 'connections that could not be tracked', measured: lost, unit: '', limit: 0 };
}

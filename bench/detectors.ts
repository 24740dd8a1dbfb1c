import { join } from 'node:path';
import { median, rangeOf } from '../lab/measure/statistics.ts';
import { runInside } from '../lab/process/process.ts';
import { openScene, type Scene } from '../lab/scene/scene.ts';
import { TableFile } from '../src/kernel/tables/table-file.ts';
import { clueRow } from '../src/kernel/tables/wire.gen.ts';
import { startSyntheticDaemon } from './daemon-process.ts';
import type { Figure, Section } from './report.ts';
import type { NodeShape } from './synthetic-node.ts';

/** The default: tables are read and detectors run once per interval. */
const INTERVAL_MS = 5000;
const BAR_PERCENT = 0.2;
/** The diary of a flow is full after 96. */
const WARM_UP_TICKS = 150;
const ROUNDS = 9;
/** Per round. A flow is checked for the shape of a pool in every fourth tick. */
const TICKS = 20;
const READS = 20;

/** A busy node, and one with nearly full tables. */
const NODE: NodeShape = { pods: 250, flowsAPod: 16, connectionsAFlow: 1 };
const FULL: NodeShape = { pods: 250, flowsAPod: 64, connectionsAFlow: 3 };

/** More than the clue table has rows, on any CPU. */
const CLUES = 1100;

export const detectors: Section = {
  name: 'detectors',
  title: 'Detectors: CPU per tick of a daemon that detects mining, above one that does not',
  measure: async (signal) => {
    const detection = await measureDetection(NODE, signal);
    const { ms, clues } = await measureReading(signal);
    const full = await measureDetection(FULL, signal);
    const tickMs = added(detection).map((added) => added + median(ms));
    return [
      detectionFigure(NODE, detection),
      { ...figure('reading its two tables, for 8,192 cgroups', ms), note: `${clues} clues` },
      { ...share('share of one CPU, with a tick every 5 s', tickMs), limit: BAR_PERCENT },
      detectionFigure(FULL, full),
      share('the same, for nearly full tables', added(full)),
    ];
  },
};

/** Mean costs per tick in a round. */
interface Round {
  readonly addedMs: number;
  /** Without detection. */
  readonly plainMs: number;
}

/** Two daemons tick in turn, so that each starts with the caches of the other. */
async function measureDetection(node: NodeShape, signal: AbortSignal): Promise<Round[]> {
  await using detecting = await startSyntheticDaemon({ ...node, hasMining: true });
  await using plain = await startSyntheticDaemon({ ...node, hasMining: false });
  const round = async (ticks: number): Promise<Round> => {
    let [ours, theirs] = [0, 0];
    for (let tick = 0; tick < ticks; tick++) {
      signal.throwIfAborted();
      ours += (await detecting.tick()).cpuMs;
      theirs += (await plain.tick()).cpuMs;
    }
    return { addedMs: (ours - theirs) / ticks, plainMs: theirs / ticks };
  };
  await round(WARM_UP_TICKS);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await round(TICKS));
  return rounds;
}

function added(rounds: readonly Round[]): number[] {
  return rounds.map(({ addedMs }) => addedMs);
}

interface Reads {
  readonly ms: readonly number[];
  /** Number of clues in the table. */
  readonly clues: number;
}

/** Reading walks the whole table, even if it is empty. */
async function measureReading(signal: AbortSignal): Promise<Reads> {
  await using scene = await openScene({ mapMemoryBytes: 128 * 1024 ** 2 });
  await fillClues(scene);
  const table = (name: string) => new TableFile(join(scene.options.bpffs, 'current/tables', name));
  const [footprint, clue] = [table('footprint'), table('clue')];
  const ms: number[] = [];
  while (ms.length < ROUNDS) {
    const began = process.cpuUsage();
    for (let read = 0; read < READS; read++) {
      await footprint.read(signal);
      await clue.read(signal);
    }
    const { user, system } = process.cpuUsage(began);
    ms.push((user + system) / 1e3 / READS);
  }
  return { ms, clues: (await clue.read(signal)).length / clueRow.size };
}

/** Starts /bin/true with an option of miners. */
async function fillClues(scene: Scene): Promise<void> {
  const script = `i=0; while [ $i -lt ${CLUES} ]; do /bin/true --donate-level=1; i=$((i + 1)); done`;
  await runInside(scene.makeCgroup('miner'), ['/bin/sh', '-c', script]);
}

function detectionFigure(node: NodeShape, rounds: readonly Round[]): Figure {
  const note = `without ${median(rounds.map(({ plainMs }) => plainMs)).toFixed(1)}`;
  return { ...figure(`detection, ${text(node)}`, added(rounds)), note };
}

function figure(what: string, ms: readonly number[]): Figure {
  return { what, measured: median(ms), unit: 'ms', range: rangeOf(ms) };
}

function share(what: string, tickMs: readonly number[]): Figure {
  const percent = tickMs.map((ms) => (ms * 100) / INTERVAL_MS);
  return { what, measured: median(percent), unit: '%', range: rangeOf(percent) };
}

function text({ pods, flowsAPod = 0, connectionsAFlow = 1 }: NodeShape): string {
  const flows = pods * flowsAPod;
  const count = (of: number) => of.toLocaleString('en-US');
  return `${pods} pods, ${count(flows)} flows, ${count(flows * connectionsAFlow)} connections`;
}

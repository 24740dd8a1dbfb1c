import { setTimeout as sleep } from 'node:timers/promises';
import { median, rangeOf } from '../lab/measure/statistics.ts';
import type { Scene } from '../lab/scene/scene.ts';
import { Scraper } from './daemon-process.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';
import { openRealNode } from './real-node.ts';
import type { Figure, Section } from './report.ts';
import { soak } from './soak.ts';

const PODS = 250;
const STARTS = 5;
const READY_BAR_MS = 1000;
const SCRAPE_INTERVAL_MS = 15_000;
/** At twelve ticks a minute it takes the engine so long to compile what a tick needs. */
const SETTLING_SCRAPES = 8;
const SCRAPES = 4;
const CPU_BAR_PERCENT = 0.5;
const RSS_BAR_MB = 110;
const TICK_BAR_MS = 20;

export const daemon: Section = {
  name: 'daemon',
  title: `Daemon: what ships, ${PODS} real pods of three containers, a tick every 5 s, a scrape every 15 s`,
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    const scene = await openRealNode(stack, PODS);
    const starts = await measureStarts(scene, signal);
    const shipped = stack.use(await startRealDaemon(scene.options));
    const scraper = stack.use(new Scraper());
    const scrape = async (times: number) => await scrapeEvery(scraper, shipped.url, times, signal);
    const [grown, settling] = await Promise.all([
      soak(signal),
      measureWhile(shipped, () => scrape(SETTLING_SCRAPES)),
    ]);
    const settled = await measureWhile(shipped, () => scrape(SCRAPES));
    return [...starts, ...cpuOf(settling, 'CPU at first'), ...figuresOf(settled), ...grown];
  },
};

async function measureStarts(scene: Scene, signal: AbortSignal): Promise<Figure[]> {
  const readyMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    signal.throwIfAborted();
    await using daemon = await startRealDaemon(scene.options);
    readyMs.push(daemon.readyMs);
  }
  const what = 'start to first ready';
  const range = rangeOf(readyMs);
  return [{ what, measured: median(readyMs), unit: 'ms', range, bar: READY_BAR_MS }];
}

/** How long each scrape took. */
async function scrapeEvery(
  scraper: Scraper,
  url: string,
  times: number,
  signal: AbortSignal,
): Promise<number[]> {
  const took: number[] = [];
  while (took.length < times) {
    await sleep(SCRAPE_INTERVAL_MS, undefined, { signal });
    took.push((await scraper.scrape(url)).ms);
  }
  return took;
}

/** What a daemon did over some time. */
interface Stretch {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly ticks: number;
  readonly tickSeconds: number;
  readonly scrapeMs: readonly number[];
  readonly rssBytes: number;
}

async function measureWhile(daemon: RealDaemon, scrape: () => Promise<number[]>): Promise<Stretch> {
  const began = await readDaemon(daemon);
  const scrapeMs = await scrape();
  const ended = await readDaemon(daemon);
  return {
    seconds: (ended.atMs - began.atMs) / 1e3,
    cpuSeconds: ended.cpuSeconds - began.cpuSeconds,
    ticks: ended.ticks - began.ticks,
    tickSeconds: ended.tickSeconds - began.tickSeconds,
    scrapeMs,
    rssBytes: daemon.rssBytes(),
  };
}

function cpuOf({ cpuSeconds, seconds }: Stretch, what: string): [Figure] {
  const note = `of one CPU, over ${seconds.toFixed(0)} s`;
  return [{ what, measured: (cpuSeconds * 100) / seconds, unit: '%', note }];
}

function figuresOf(stretch: Stretch): Figure[] {
  const { ticks, tickSeconds, scrapeMs, rssBytes } = stretch;
  const [cpu] = cpuOf(stretch, 'CPU, settled');
  const tickMs = (tickSeconds * 1e3) / ticks;
  return [
    { ...cpu, bar: CPU_BAR_PERCENT },
    { what: 'tick, mean', measured: tickMs, unit: 'ms', bar: TICK_BAR_MS, note: `${ticks} ticks` },
    { what: 'scrape', measured: median(scrapeMs), unit: 'ms', range: rangeOf(scrapeMs) },
    { what: 'RSS', measured: rssBytes / 1e6, unit: 'MB', bar: RSS_BAR_MB },
  ];
}

interface CpuReading {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly ticks: number;
  readonly tickSeconds: number;
}

/** CPU time first: this look itself is a scrape, but an answer from the cache. */
async function readDaemon(daemon: RealDaemon): Promise<CpuReading> {
  const [atMs, cpuSeconds] = [performance.now(), daemon.cpuSeconds()];
  const text = await (await fetch(`${daemon.url}/metrics`)).text();
  const figure = (name: string) =>
    Number(new RegExp(`^vigia_tick_duration_seconds_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { atMs, cpuSeconds, ticks: figure('count'), tickSeconds: figure('sum') };
}

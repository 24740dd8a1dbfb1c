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
const READY_LIMIT_MS = 1000;
const SCRAPE_INTERVAL_MS = 15_000;
/** Two minutes: at twelve ticks a minute, V8 needs this long to compile the code of a tick. */
const WARM_UP_SCRAPES = 8;
const SCRAPES = 4;
const CPU_LIMIT_PERCENT = 0.5;
const RSS_LIMIT_MB = 110;
const TICK_LIMIT_MS = 20;

export const daemon: Section = {
  name: 'daemon',
  title: `Daemon: as shipped, ${PODS} real pods of three containers, a tick every 5 s, a scrape every 15 s`,
  measure: async (signal) => {
    await using stack = new AsyncDisposableStack();
    const scene = await openRealNode(stack, PODS);
    const starts = await measureStarts(scene, signal);
    const shipped = stack.use(await startRealDaemon(scene.options));
    const scraper = stack.use(new Scraper());
    const scrape = async (times: number) => await scrapeEvery(scraper, shipped.url, times, signal);
    const [growth, warmUp] = await Promise.all([
      soak(signal),
      measureWhile(shipped, () => scrape(WARM_UP_SCRAPES)),
    ]);
    const settled = await measureWhile(shipped, () => scrape(SCRAPES));
    return [
      ...starts,
      ...cpuOf(warmUp, 'CPU, first two minutes'),
      ...figuresOf(settled),
      ...growth,
    ];
  },
};

async function measureStarts(scene: Scene, signal: AbortSignal): Promise<Figure[]> {
  const readyMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    signal.throwIfAborted();
    await using daemon = await startRealDaemon(scene.options);
    readyMs.push(daemon.readyMs);
  }
  const what = 'start until ready';
  const range = rangeOf(readyMs);
  return [{ what, measured: median(readyMs), unit: 'ms', range, limit: READY_LIMIT_MS }];
}

/** Duration of each scrape, in ms. */
async function scrapeEvery(
  scraper: Scraper,
  url: string,
  times: number,
  signal: AbortSignal,
): Promise<number[]> {
  const scrapeMs: number[] = [];
  while (scrapeMs.length < times) {
    await sleep(SCRAPE_INTERVAL_MS, undefined, { signal });
    scrapeMs.push((await scraper.scrape(url)).ms);
  }
  return scrapeMs;
}

/** Activity of a daemon over a period. */
interface Period {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly ticks: number;
  readonly tickSeconds: number;
  readonly scrapeMs: readonly number[];
  readonly rssBytes: number;
}

async function measureWhile(daemon: RealDaemon, scrape: () => Promise<number[]>): Promise<Period> {
  const began = await statusOf(daemon);
  const scrapeMs = await scrape();
  const ended = await statusOf(daemon);
  return {
    seconds: (ended.atMs - began.atMs) / 1e3,
    cpuSeconds: ended.cpuSeconds - began.cpuSeconds,
    ticks: ended.ticks - began.ticks,
    tickSeconds: ended.tickSeconds - began.tickSeconds,
    scrapeMs,
    rssBytes: daemon.rssBytes(),
  };
}

function cpuOf({ cpuSeconds, seconds }: Period, what: string): [Figure] {
  const note = `of one CPU, over ${seconds.toFixed(0)} s`;
  return [{ what, measured: (cpuSeconds * 100) / seconds, unit: '%', note }];
}

function figuresOf(period: Period): Figure[] {
  const { ticks, tickSeconds, scrapeMs, rssBytes } = period;
  const [cpu] = cpuOf(period, 'CPU, after warm-up');
  const tickMs = (tickSeconds * 1e3) / ticks;
  return [
    { ...cpu, limit: CPU_LIMIT_PERCENT },
    {
      what: 'tick, mean',
      measured: tickMs,
      unit: 'ms',
      limit: TICK_LIMIT_MS,
      note: `${ticks} ticks`,
    },
    { what: 'scrape', measured: median(scrapeMs), unit: 'ms', range: rangeOf(scrapeMs) },
    { what: 'RSS', measured: rssBytes / 1e6, unit: 'MB', limit: RSS_LIMIT_MB },
  ];
}

interface Status {
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly ticks: number;
  readonly tickSeconds: number;
}

/** Reads the CPU time first, because this is a scrape itself, although from the cache. */
async function statusOf(daemon: RealDaemon): Promise<Status> {
  const [atMs, cpuSeconds] = [performance.now(), daemon.cpuSeconds()];
  const text = await (await fetch(`${daemon.url}/metrics`)).text();
  const figure = (name: string) =>
    Number(new RegExp(`^vigia_tick_duration_seconds_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { atMs, cpuSeconds, ticks: figure('count'), tickSeconds: figure('sum') };
}

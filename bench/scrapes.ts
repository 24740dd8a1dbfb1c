import { median, quantile } from '../lab/measure/statistics.ts';
import { Scraper, startSyntheticDaemon } from './daemon-process.ts';
import type { Figure, Section } from './report.ts';

const PODS = [250, 500, 1000, 2500] as const;
const WARM_UP_TICKS = 15;
/** For 250 pods. Larger nodes have fewer ticks, so that each takes about the same time. */
const TICKS = 200;
const MIN_TICKS = 30;

const SCRAPE_P50_LIMIT_MS = 12;
const SCRAPE_P95_LIMIT_MS = 30;
const TICK_P95_LIMIT_MS = 20;
/** Cost per pod on the largest node, relative to the smallest. 1 is linear. */
const LINEAR_LIMIT = 1.5;

interface Samples {
  readonly pods: number;
  readonly tickMs: number[];
  readonly firstMs: number[];
  readonly cachedMs: number[];
  bytes: number;
}

export const scrapes: Section = {
  name: 'scrapes',
  title: 'Ticks and scrapes: busy pods of three containers, OpenMetrics and gzip over HTTP',
  measure: async (signal) => {
    const all: Samples[] = [];
    for (const pods of PODS) all.push(await measureNode(pods, signal));
    return [...all.flatMap(figuresOf), ...linearity(all)];
  },
};

/** Scrapes each tick twice. The second scrape comes from the cache. */
async function measureNode(pods: number, signal: AbortSignal): Promise<Samples> {
  await using daemon = await startSyntheticDaemon({ pods });
  using scraper = new Scraper();
  const samples: Samples = { pods, tickMs: [], firstMs: [], cachedMs: [], bytes: 0 };
  const ticks = WARM_UP_TICKS + Math.max(MIN_TICKS, (TICKS * 250) / pods);
  for (let tick = 0; tick < ticks; tick++) {
    signal.throwIfAborted();
    const { tickMs } = await daemon.tick();
    const first = await scraper.scrape(daemon.url);
    const cached = await scraper.scrape(daemon.url);
    if (tick < WARM_UP_TICKS) continue;
    samples.tickMs.push(tickMs);
    samples.firstMs.push(first.ms);
    samples.cachedMs.push(cached.ms);
    samples.bytes = first.bytes;
  }
  return samples;
}

/** The limits are for 250 pods. */
function figuresOf({ pods, tickMs, firstMs, cachedMs, bytes }: Samples): Figure[] {
  const hasLimit = pods === 250;
  const ms = (what: string, measured: number, limit?: number): Figure => ({
    what: `${what}, ${pods} pods`,
    measured,
    unit: 'ms',
    ...(hasLimit && limit !== undefined && { limit }),
  });
  return [
    ms('tick p50', median(tickMs)),
    ms('tick p95', quantile(tickMs, 0.95), TICK_P95_LIMIT_MS),
    { ...ms('scrape p50', median(firstMs), SCRAPE_P50_LIMIT_MS), note: `${kib(bytes)} compressed` },
    ms('scrape p95', quantile(firstMs, 0.95), SCRAPE_P95_LIMIT_MS),
    ms('second scrape of a tick p50', median(cachedMs)),
  ];
}

function linearity(all: readonly Samples[]): Figure[] {
  const [least, most] = [all.at(0), all.at(-1)];
  if (!least || !most) return [];
  const ratio = (what: string, of: (samples: Samples) => readonly number[]): Figure => ({
    what: `${what} per pod: ${most.pods} pods relative to ${least.pods}`,
    measured: median(of(most)) / most.pods / (median(of(least)) / least.pods),
    unit: 'times',
    limit: LINEAR_LIMIT,
  });
  return [ratio('tick', ({ tickMs }) => tickMs), ratio('scrape', ({ firstMs }) => firstMs)];
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

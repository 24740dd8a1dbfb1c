import { Scraper, startSyntheticDaemon } from './daemon-process.ts';
import type { Figure } from './report.ts';

const PODS = 250;
const TICKS = 10_000;
const TICKS_A_SCRAPE = 10;
/** A busy machine runs fewer ticks. */
const MAX_MS = 115_000;
/** Not measured: the retention fills up, and V8 compiles the code. */
const FIRST_TICKS = 1000;
const GROWTH_LIMIT_MB = 1;

/** Runs ticks without pause while pods start and end. The heap must not grow with them. */
export async function soak(signal: AbortSignal): Promise<Figure[]> {
  await using daemon = await startSyntheticDaemon({ pods: PODS, ends: true });
  using scraper = new Scraper();
  const endMs = performance.now() + MAX_MS;
  let rssMb = 0;
  const tick = async (ticks: number) => {
    for (let ticked = 1; ticked <= ticks; ticked++) {
      if (performance.now() > endMs) return ticked - 1;
      signal.throwIfAborted();
      rssMb = (await daemon.tick()).rssBytes / 1e6;
      if (ticked % TICKS_A_SCRAPE === 0) await scraper.scrape(daemon.url);
    }
    return ticks;
  };
  const liveMb = async () => (await daemon.collect()).liveBytes / 1e6;
  await tick(FIRST_TICKS);
  const [early, earlyRss] = [await liveMb(), rssMb];
  const ticks = await tick(TICKS);
  const growth = (await liveMb()) - early;
  const what = `live heap, growth over ${ticks} ticks with one ended pod each`;
  const rss = `RSS from source ${earlyRss.toFixed(0)} to ${rssMb.toFixed(0)} MB`;
  const note = `from ${early.toFixed(1)} MB; without pause, ${rss}`;
  return [{ what, measured: growth, unit: 'MB', limit: GROWTH_LIMIT_MB, note }];
}

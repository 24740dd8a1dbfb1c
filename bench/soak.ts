import { Scraper, startSyntheticDaemon } from './daemon-process.ts';
import type { Figure } from './report.ts';
import { mean } from './statistics.ts';

const PODS = 250;
const TICKS = 10_000;
const TICKS_A_SCRAPE = 10;
/** On a machine that is busy otherwise fewer ticks have to do. */
const MOST_MS = 115_000;
/** The heap breathes: what is compared are means over so many ticks. */
const WINDOW = 1000;
const GROWTH_BAR_MB = 5;

/** Ticks without a pause while pods come and go: what the daemon keeps must not grow with them. */
export async function soak(signal: AbortSignal): Promise<Figure[]> {
  await using daemon = await startSyntheticDaemon(PODS, true);
  using scraper = new Scraper();
  const rssMb: number[] = [];
  const endMs = performance.now() + MOST_MS;
  while (rssMb.length < TICKS && performance.now() < endMs) {
    signal.throwIfAborted();
    const { rssBytes } = await daemon.tick();
    if (rssMb.length % TICKS_A_SCRAPE === 0) await scraper.scrape(daemon.url);
    rssMb.push(rssBytes / 1e6);
  }
  // The first window is left out: retention fills up, and code is compiled.
  const early = mean(rssMb.slice(WINDOW, 2 * WINDOW));
  const late = mean(rssMb.slice(-WINDOW));
  const what = `RSS, growth over ${rssMb.length} ticks in each of which a pod ends`;
  const note = `from ${early.toFixed(0)} MB, source and not bundle`;
  return [{ what, measured: late - early, unit: 'MB', bar: GROWTH_BAR_MB, note }];
}

import { pino } from 'pino';
import { startHttp } from '../src/api/http/server.ts';
import { Ledger } from '../src/core/ledger.ts';
import { Monitor } from '../src/daemon/monitor.ts';
import { contentType, Exposition } from '../src/metrics/exposition.ts';
import { SyntheticNode } from './synthetic-node.ts';

/** What this program tells of a tick. */
export interface Ticked {
  readonly tickMs: number;
  readonly rssBytes: number;
}

/** What it tells of its memory. */
export interface Collected {
  /** What is left of the heap when all that is garbage was collected. */
  readonly liveBytes: number;
}

/** Far above what any node here has: nothing is left out of a scrape. */
const MAX_SERIES = 1e6;

/**
 * The daemon on rows that are made up: ticks whenever it is sent "tick", and serves what it saw. Sent
 * "collect" it collects its garbage, which takes node --expose-gc.
 *
 *   synthetic-daemon PODS ENDS    ENDS: "1" if a pod ends at each tick
 */
async function main([pods, ends]: readonly string[]): Promise<void> {
  const node = new SyntheticNode(Number(pods), ends === '1');
  const exposition = new Exposition({
    version: 'bench',
    maxSeries: MAX_SERIES,
    waitHistogram: 'off',
    egress: 'off',
  });
  const log = pino({ level: 'silent' });
  const monitor = new Monitor(node, new Ledger({ nodeName: 'bench' }), exposition, log);
  const http = await startHttp(
    { host: '127.0.0.1', port: 0 },
    {
      scrape: {
        revision: () => monitor.revision,
        render: (format) => exposition.render(monitor.snapshot, format),
        contentType,
      },
      live: () => monitor.live(),
      ready: () => monitor.ready(Date.now()),
      landing: () => {
        throw new Error('not shown here');
      },
    },
    (err) => {
      throw err;
    },
  );
  const { signal } = new AbortController();
  const tick = async (): Promise<Ticked> => {
    node.advance();
    const beganMs = performance.now();
    await monitor.tick(signal);
    const tickMs = performance.now() - beganMs;
    return { tickMs, rssBytes: process.memoryUsage.rss() };
  };
  process.on('message', async (asked) => {
    process.send?.(asked === 'collect' ? collect() : await tick());
  });
  process.on('disconnect', () => process.exit());
  process.send?.(http.url);
}

function collect(): Collected {
  globalThis.gc?.();
  return { liveBytes: process.memoryUsage().heapUsed };
}

await main(process.argv.slice(2));

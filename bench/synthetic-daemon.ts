import { pino } from 'pino';
import { startHttp } from '../src/api/http/server.ts';
import { Ledger } from '../src/core/ledger/ledger.ts';
import { Monitor } from '../src/daemon/monitor.ts';
import { contentType, Exposition } from '../src/metrics/exposition.ts';
import { type NodeShape, SyntheticNode } from './synthetic-node.ts';

/** What it is told when it is started. */
export interface DaemonShape extends NodeShape {
  /** Whether it looks for mining, as it does by default. */
  readonly hasMining?: boolean;
}

/** What this program tells of a tick. */
export interface Ticked {
  readonly tickMs: number;
  /** Of all its threads. */
  readonly cpuMs: number;
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
 *   synthetic-daemon SHAPE    a DaemonShape as JSON
 */
async function main([shape = '']: readonly string[]): Promise<void> {
  const { hasMining = true, ...pods } = JSON.parse(shape) as DaemonShape;
  const node = new SyntheticNode(pods);
  const exposition = new Exposition({
    version: 'bench',
    maxSeries: MAX_SERIES,
    waitHistogram: 'off',
    egress: 'off',
  });
  const log = pino({ level: 'silent' });
  const monitor = new Monitor(node, new Ledger({ nodeName: 'bench', hasMining }), exposition, log);
  const http = await startHttp(
    { host: '127.0.0.1', port: 0 },
    {
      scrape: {
        revision: () => monitor.revision,
        render: (format) => exposition.render(monitor.snapshot, format),
        contentType,
      },
      live: () => monitor.live(),
      ready: () => monitor.ready(),
      landing: () => {
        throw new Error('not shown here');
      },
    },
    {
      onError: (err) => {
        throw err;
      },
      // It is asked as fast as it answers.
      reception: { rate: 'unlimited' },
    },
  );
  const { signal } = new AbortController();
  const tick = async (): Promise<Ticked> => {
    node.advance();
    const [beganMs, began] = [performance.now(), process.cpuUsage()];
    await monitor.tick(signal);
    const [tickMs, { user, system }] = [performance.now() - beganMs, process.cpuUsage(began)];
    return { tickMs, cpuMs: (user + system) / 1e3, rssBytes: process.memoryUsage.rss() };
  };
  process.on('message', async (request) => {
    process.send?.(request === 'collect' ? collect() : await tick());
  });
  process.on('disconnect', () => process.exit());
  process.send?.(http.url);
}

function collect(): Collected {
  globalThis.gc?.();
  return { liveBytes: process.memoryUsage().heapUsed };
}

await main(process.argv.slice(2));

import { pino } from 'pino';
import { startHttp } from '../src/api/http/server.ts';
import { Ledger } from '../src/core/ledger/ledger.ts';
import { MiningJudge } from '../src/core/mining/mining-judge.ts';
import { Monitor } from '../src/daemon/monitor.ts';
import { contentType, Exposition } from '../src/metrics/exposition.ts';
import { type NodeShape, SyntheticNode } from './synthetic-node.ts';

/** The argument of the program. */
export interface DaemonShape extends NodeShape {
  /** Whether it detects mining. The default is true. */
  readonly hasMining?: boolean;
}

/** The result of a tick. */
export interface Ticked {
  readonly tickMs: number;
  /** CPU time of all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** The result of a garbage collection. */
export interface Collected {
  /** Used heap after the collection. */
  readonly liveBytes: number;
}

/** More than any synthetic node has, so a scrape contains all series. */
const MAX_SERIES = 1e6;

/**
 * A daemon with synthetic rows, which serves its metrics. The message "tick" runs a tick; "collect"
 * runs a garbage collection, which needs node --expose-gc.
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
  const judges = hasMining ? [new MiningJudge()] : [];
  const steps = { nodeName: 'bench', ledger: new Ledger(), judges };
  const monitor = new Monitor(node, steps, exposition, log);
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
        throw new Error('there is no landing page');
      },
    },
    {
      onError: (err) => {
        throw err;
      },
      // The benchmark sends requests without pause.
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
  process.on('message', async (message) => {
    process.send?.(message === 'collect' ? collect() : await tick());
  });
  process.on('disconnect', () => process.exit());
  process.send?.(http.url);
}

function collect(): Collected {
  globalThis.gc?.();
  return { liveBytes: process.memoryUsage().heapUsed };
}

await main(process.argv.slice(2));

import { startGrpc } from '../api/grpc/server.ts';
import { SocketError } from '../api/grpc/socket.ts';
import type { GrpcView } from '../api/grpc/view.ts';
import type { TokenReview } from '../api/http/access/access.ts';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import type { Judge } from '../core/judge.ts';
import { Ledger } from '../core/ledger/ledger.ts';
import { MiningJudge } from '../core/mining/mining-judge.ts';
import type { Finding } from '../core/mining/verdict/finding.ts';
import { mayMineOf } from '../core/mining/verdict/may-mine.ts';
import { HttpCounts } from '../core/self/http-counts.ts';
import { BILLED_APART, type BilledApart } from '../core/usage/usage.ts';
import type { Log } from '../log.ts';
import { Exposition } from '../metrics/exposition.ts';
import { httpMetrics } from '../metrics/families/http.ts';
import { kubernetesMetrics } from '../metrics/families/kubernetes.ts';
import { errorReporter } from './error-reporter.ts';
import { Monitor } from './monitor.ts';
import { PoolList } from './pool-list.ts';
import type { Source } from './source.ts';
import { keepTicking } from './ticker.ts';
import { VerdictLog } from './verdict-log.ts';
import { openHttp } from './web-server.ts';

export interface Daemon extends AsyncDisposable {
  /** Address of the HTTP server. */
  readonly url: string;
  /** Resolves after the last tick: when the signal aborts or the daemon is disposed. */
  readonly stopped: Promise<void>;
}

export interface Inputs {
  readonly source: Source;
  /** Undefined: requests need no bearer token. */
  readonly tokens?: TokenReview | undefined;
}

/**
 * Takes the first snapshot, serves it, and ticks until the signal aborts. The source is disposed
 * with the daemon, or at once if anything fails.
 */
export async function startDaemon(
  config: Config,
  log: Log,
  { source, tokens }: Inputs,
  signal: AbortSignal,
): Promise<Daemon> {
  await using stack = new AsyncDisposableStack();
  stack.use(source);
  const { maxSeries, waitHistogram, egress, miningMetrics, nodeName } = config;
  const maxPairs = config.pairs === 'off' ? undefined : config.maxPairs;
  const exposition = new Exposition({
    ...{ version, maxSeries, waitHistogram, egress, miningMetrics },
    billedApart: billedApartBy(config),
  });
  const counts = new HttpCounts();
  httpMetrics(exposition.registry, counts);
  const pools = new PoolList(config.poolNames, log);
  await pools.refresh();
  const steps = {
    nodeName,
    ledger: new Ledger({ hasEgress: egress !== 'off', maxPairs }),
    judges: judgesBy(config, pools),
  };
  const { watches } = source;
  if (watches.length > 0) kubernetesMetrics(exposition.registry, watches);
  const monitor = new Monitor(source, steps, exposition, log);
  const verdicts = new VerdictLog(log);
  monitor.watch(() => verdicts.observe(monitor.snapshot?.findings ?? [], performance.now()));
  monitor.watch(() => void pools.refresh());
  await monitor.tick(signal);
  const http = await openHttp({ config, log, monitor, exposition, source, tokens, counts });
  stack.use(http);
  const api = await openSocket(config, monitor, log);
  if (api) stack.use(api);
  const disposal = new AbortController();
  const ended = AbortSignal.any([signal, disposal.signal]);
  const stopped = keepTicking(source.intervalMs, () => monitor.tryTick(ended), ended);
  // The current tick ends before anything that it uses is disposed.
  stack.defer(() => {
    disposal.abort();
    return stopped;
  });
  log.info(
    { node: nodeName, observed: source.observed, intervalMs: source.intervalMs, version },
    `observing ${source.observed}; see ${http.url}/metrics`,
  );
  const owned = stack.move();
  return { url: http.url, stopped, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function judgesBy(
  { mining, miningScores, mayMine = [] }: Config,
  { poolOf }: PoolList,
): Judge<Finding>[] {
  if (mining.length === 0) return [];
  return [new MiningJudge({ poolOf, thresholds: miningScores, mayMine: mayMineOf(mayMine) })];
}

/** Traffic that these settings can separate for OpenCost. */
function billedApartBy({ peers, natNetworks = [] }: Config): BilledApart[] {
  const isKnown = { otherRegion: peers === 'cluster', nat: natNetworks.length > 0 };
  return BILLED_APART.filter((one) => isKnown[one]);
}

/** A failure is a warning: the socket serves commands, and metrics work without it. */
async function openSocket(
  { socketPath, mining }: Config,
  monitor: Monitor,
  log: Log,
): Promise<AsyncDisposable | undefined> {
  try {
    const view = grpcViewOf(monitor, mining.length > 0);
    return await startGrpc(socketPath, view, errorReporter(log));
  } catch (err) {
    if (!(err instanceof SocketError)) throw err;
    log.warn(`${err.message}; vigia connections and vigia findings cannot reach this daemon`);
    return undefined;
  }
}

function grpcViewOf(monitor: Monitor, isLooking: boolean): GrpcView {
  return {
    connections: () => {
      const { snapshot } = monitor;
      const flows = monitor.connections();
      return snapshot && flows && { ...snapshot, flows };
    },
    findings: () => {
      const { snapshot } = monitor;
      return snapshot && { ...snapshot, isLooking };
    },
    watch: (onSnapshot) => monitor.watch(onSnapshot),
  };
}

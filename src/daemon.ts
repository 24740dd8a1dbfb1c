import { startGrpc } from './api/grpc/server.ts';
import { SocketError } from './api/grpc/socket.ts';
import type { GrpcView } from './api/grpc/view.ts';
import { landingPage } from './api/http/landing.ts';
import { type HttpServer, type HttpView, startHttp } from './api/http/server.ts';
import { version } from './config/version.ts';
import type { Config } from './config.ts';
import { mayMineOf } from './core/detect/may-mine.ts';
import { Ledger } from './core/ledger.ts';
import { Monitor } from './daemon/monitor.ts';
import { PoolList } from './daemon/pool-list.ts';
import type { Source } from './daemon/source.ts';
import { keepTicking } from './daemon/ticker.ts';
import { VerdictLog } from './daemon/verdict-log.ts';
import { watchChecks } from './daemon/watch-checks.ts';
import { type Log, RateLimit } from './log.ts';
import { contentType, Exposition } from './metrics/exposition.ts';
import { kubernetesMetrics } from './metrics/kubernetes.ts';

export interface Daemon extends AsyncDisposable {
  /** Where it serves, for a person to look at. */
  readonly url: string;
  /** When it has stopped ticking: after the signal, or its disposal. */
  readonly stopped: Promise<void>;
}

const ERROR_PERIOD_MS = 60_000;

/**
 * Takes the first snapshot, serves it, and ticks until the signal aborts. The source is disposed
 * with the daemon, or at once if anything fails.
 */
export async function startDaemon(
  config: Config,
  log: Log,
  source: Source,
  signal: AbortSignal,
): Promise<Daemon> {
  await using stack = new AsyncDisposableStack();
  stack.use(source);
  const { maxSeries, waitHistogram, egress, nodeName } = config;
  const maxPairs = config.pairs === 'off' ? undefined : config.maxPairs;
  const exposition = new Exposition({ version, maxSeries, waitHistogram, egress });
  const pools = new PoolList(config.poolNames, log);
  await pools.refresh();
  const ledger = new Ledger({
    nodeName,
    hasEgress: egress !== 'off',
    maxPairs,
    hasMining: config.mining.length > 0,
    thresholds: config.miningScores,
    mayMine: mayMineOf(config.mayMine ?? []),
    poolOf: pools.poolOf,
  });
  const { watches } = source;
  if (watches.length > 0) kubernetesMetrics(exposition.registry, watches);
  const monitor = new Monitor(source, ledger, exposition, log);
  const verdicts = new VerdictLog(log);
  monitor.watch(() => verdicts.take(monitor.snapshot?.findings ?? [], performance.now()));
  monitor.watch(() => void pools.refresh());
  await monitor.tick(signal);
  const view = viewOf(monitor, exposition, { version, nodeName, source });
  const http: HttpServer = stack.use(
    await startHttp(config.listen, view, { onError: errorTeller(log) }),
  );
  const api = await openSocket(config, monitor, log);
  if (api) stack.use(api);
  const disposal = new AbortController();
  const ended = AbortSignal.any([signal, disposal.signal]);
  const stopped = keepTicking(source.intervalMs, () => monitor.tryTick(ended), ended);
  // The tick under way ends before anything that it uses is disposed.
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

function viewOf(
  monitor: Monitor,
  exposition: Exposition,
  about: { readonly version: string; readonly nodeName: string; readonly source: Source },
): HttpView {
  const { version, nodeName, source } = about;
  const { observed, watches } = source;
  const nowMs = Date.now;
  return {
    scrape: {
      revision: () => monitor.revision,
      render: (format) => exposition.render(monitor.snapshot, format),
      contentType,
    },
    live: () => monitor.live(),
    ready: () => [...monitor.ready(), ...watchChecks(watches, nowMs())],
    landing: () =>
      landingPage({ version, nodeName, observed, nowMs: nowMs(), snapshot: monitor.snapshot }),
  };
}

/** Where the socket cannot be had the figures are served all the same: it is for people. */
async function openSocket(
  { socketPath, mining }: Config,
  monitor: Monitor,
  log: Log,
): Promise<AsyncDisposable | undefined> {
  try {
    const view = grpcViewOf(monitor, mining.length > 0);
    return await startGrpc(socketPath, view, errorTeller(log));
  } catch (err) {
    if (!(err instanceof SocketError)) throw err;
    log.warn(`${err.message}; vigia connections and findings cannot ask this daemon`);
    return undefined;
  }
}

function grpcViewOf(monitor: Monitor, isLooking: boolean): GrpcView {
  return {
    connections: () => {
      const { snapshot } = monitor;
      return snapshot && { ...snapshot, flows: snapshot.flows() };
    },
    findings: () => {
      const { snapshot } = monitor;
      return snapshot && { ...snapshot, isLooking };
    },
    watch: (onSnapshot) => monitor.watch(onSnapshot),
  };
}

/** A scrape that fails is tried again soon: once a minute is enough to be told. */
function errorTeller(log: Log): (err: unknown) => void {
  const limit = new RateLimit(ERROR_PERIOD_MS);
  return (err) => {
    const unsaid = limit.admit(performance.now());
    if (unsaid !== undefined) log.error({ err, unsaid }, 'an answer could not be made');
  };
}

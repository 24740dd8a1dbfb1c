import { HttpCounts } from '../../core/self/http-counts.ts';
import { buildApp, type HttpView } from './app.ts';
import { Gate, type Reception } from './gate/gate.ts';
import { GATE_LIMITS, type GateLimits } from './gate/limits.ts';
import { plainAnswer } from './gate/refusal.ts';
import type { UrgentAnswer } from './gate/request-admission.ts';
import type { RequestLine } from './gate/request-head.ts';
import type { Turnstile } from './gate/turnstile.ts';
import type { Guard } from './guard.ts';
import { answerHealth, HEALTH_PATHS } from './health.ts';
import { type Address, listenOn } from './listen.ts';

export type { HttpView } from './app.ts';

/** Settings of the gate and of the guard behind it. */
export interface HttpReception extends Reception, Guard {}

export interface HttpServer extends AsyncDisposable {
  /** URL to show to the user, without a trailing slash. */
  readonly url: string;
  /** Applies new settings from now on. */
  readonly receive: (reception: HttpReception) => void;
}

export interface HttpOptions {
  /** Called for failed requests. */
  readonly onError: (err: unknown) => void;
  readonly counts?: HttpCounts;
  readonly limits?: GateLimits;
  readonly reception?: HttpReception;
  /** Public host names under which pages are shown, in addition to addresses and private names. */
  readonly hosts?: readonly string[];
}

/** Time for running requests when the daemon stops. */
const CLOSE_MS = 1000;

/** Serves the view until disposed. */
export async function startHttp(
  address: Address,
  view: HttpView,
  options: HttpOptions,
): Promise<HttpServer> {
  const { onError, counts = new HttpCounts(), limits = GATE_LIMITS, hosts = [] } = options;
  let { reception = {} } = options;
  const app = await buildApp(view, {
    headerBytes: limits.headBytes,
    keepAliveMs: limits.idleMs,
    guard: () => reception,
    hosts,
    counts,
    onError,
  });
  app.server.prependListener('request', ({ socket }, response) => {
    (socket as unknown as Turnstile).follow(response);
  });
  const gate = new Gate({
    limits,
    counts,
    serve: (turnstile) => app.server.emit('connection', turnstile),
    urgent: (request) => healthAnswer(view, request),
  });
  gate.receive(reception);
  const url = await listenOn(gate.server, address, reception.tls ? 'https' : 'http');
  return {
    url,
    receive: (changed) => {
      reception = changed;
      gate.receive(changed);
    },
    [Symbol.asyncDispose]: async () => {
      await gate.close(CLOSE_MS);
      await app.close();
    },
  };
}

/** Probes come from the node, whose address others may share, so they are answered without waiting. */
function healthAnswer(view: HttpView, { method, target }: RequestLine): UrgentAnswer | undefined {
  const [path = ''] = target.split('?');
  if (!HEALTH_PATHS.includes(path)) return undefined;
  return () => {
    const checks = path === '/healthz' ? view.live() : view.ready();
    const { status, text } = answerHealth(path.slice(1), checks, false);
    const line = status === 200 ? '200 OK' : '503 Service Unavailable';
    return plainAnswer({ status: line, text }, method !== 'HEAD');
  };
}

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { acceptsGzip, expositionFormat } from './accept.ts';
import { answerHealth, type HealthCheck } from './health.ts';
import type { Html } from './html.ts';
import { CONTENT_SECURITY_POLICY } from './landing-style.ts';
import { type Address, listenOn } from './listen.ts';
import { type Scrape, ScrapeCache } from './scrape-cache.ts';

/** What the server shows; it reads nothing else. */
export interface HttpView {
  readonly scrape: Scrape;
  readonly live: () => readonly HealthCheck[];
  readonly ready: () => readonly HealthCheck[];
  readonly landing: () => Html;
}

export interface HttpServer extends AsyncDisposable {
  /** For a person to look at, without a closing slash. */
  readonly url: string;
}

const SECOND_MS = 1000;
const LIMITS = {
  /** Two Prometheus servers, probes and people are ten; idle ones are closed, so this is ample. */
  connections: 128,
  headerBytes: 8192,
  requestMs: 10 * SECOND_MS,
  /** A reader slower than this would make us keep old scrapes. */
  responseMs: 30 * SECOND_MS,
  /** Above the usual scrape intervals, so that a scraper keeps its connection. */
  keepAliveMs: 75 * SECOND_MS,
  /** For requests under way when the daemon stops. */
  closeMs: SECOND_MS,
};

/** Serves the view until disposed. `onError` hears of answers that failed. */
export async function startHttp(
  address: Address,
  view: HttpView,
  onError: (err: unknown) => void,
): Promise<HttpServer> {
  const app = buildApp(view, onError);
  await app.ready();
  const url = await listenOn(app.server, address);
  return { url, [Symbol.asyncDispose]: () => close(app) };
}

function buildApp(view: HttpView, onError: (err: unknown) => void): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    http: {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.requestMs,
      connectionsCheckingInterval: 5 * SECOND_MS,
    },
    frameworkErrors: (_err, _request, reply) => void plain(reply, 400, 'bad request\n'),
  });
  app.server.maxConnections = LIMITS.connections;
  app.addHook('onRequest', guardRequest);
  app.setNotFoundHandler((_request, reply) => plain(reply, 404, 'not found\n'));
  app.setErrorHandler((err, _request, reply) => {
    onError(err);
    return plain(reply, 500, 'the answer could not be made; the log says why\n');
  });
  addRoutes(app, view);
  return app;
}

function addRoutes(app: FastifyInstance, view: HttpView): void {
  const cache = new ScrapeCache(view.scrape);
  app.get('/metrics', async ({ headers }, reply) => {
    const format = expositionFormat(headers.accept);
    const gzipped = acceptsGzip(headers['accept-encoding'] as string | undefined);
    const body = await cache.body(format, gzipped);
    if (gzipped) reply.header('content-encoding', 'gzip');
    return reply
      .header('content-type', view.scrape.contentType(format))
      .header('vary', 'accept, accept-encoding')
      .send(body);
  });
  app.get('/healthz', (request, reply) => health(request, reply, view.live()));
  app.get('/readyz', (request, reply) => health(request, reply, view.ready()));
  app.get('/', (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .send(view.landing().markup),
  );
}

function health(request: FastifyRequest, reply: FastifyReply, checks: readonly HealthCheck[]) {
  const endpoint = request.url.split('?')[0]?.slice(1) ?? '';
  const verbose = Object.hasOwn(request.query as object, 'verbose');
  const { status, text } = answerHealth(endpoint, checks, verbose);
  return plain(reply, status, text);
}

/** Before any body is read: nothing here takes one. */
async function guardRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  const { socket } = request.raw;
  const deadline = setTimeout(() => socket.destroy(), LIMITS.responseMs).unref();
  reply.raw.once('close', () => clearTimeout(deadline));
  if (request.method === 'GET' || request.method === 'HEAD') return;
  reply.header('allow', 'GET, HEAD').header('connection', 'close');
  return plain(reply, 405, 'only GET and HEAD\n');
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(text);
}

/** Answers what is under way, for a second at most. */
async function close(app: FastifyInstance): Promise<void> {
  const { server } = app;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), LIMITS.closeMs);
  await closed;
  clearTimeout(late);
  await app.close();
}

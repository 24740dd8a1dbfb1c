import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { Negotiation } from './accept.ts';
import { type GuardOptions, guardBy, plain } from './guard.ts';
import { answerHealth, type HealthCheck } from './health.ts';
import type { Html } from './html.ts';
import { CONTENT_SECURITY_POLICY } from './landing-style.ts';
import { OnceARevision } from './once-a-revision.ts';
import { type Scrape, ScrapeCache } from './scrape-cache.ts';

/** The only source of everything that the server shows. */
export interface HttpView {
  readonly scrape: Scrape;
  readonly live: () => readonly HealthCheck[];
  readonly ready: () => readonly HealthCheck[];
  /** Its text changes only with the revision of the scrape. */
  readonly landing: () => Html;
}

export interface AppOptions extends GuardOptions {
  readonly headerBytes: number;
  /** Sent to clients in the Keep-Alive header. */
  readonly keepAliveMs: number;
  readonly onError: (err: unknown) => void;
}

/** The routes, without a listening socket. */
export async function buildApp(view: HttpView, options: AppOptions): Promise<FastifyInstance> {
  const { headerBytes, keepAliveMs, onError } = options;
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    keepAliveTimeout: keepAliveMs,
    http: { maxHeaderSize: headerBytes, optimizeEmptyRequests: true },
    frameworkErrors: (_err, _request, reply) => void plain(reply, 400, 'bad request\n'),
  });
  app.addHook('onRequest', guardBy(options));
  app.setNotFoundHandler((_request, reply) => plain(reply, 404, 'not found\n'));
  app.setErrorHandler((err, _request, reply) => {
    onError(err);
    return plain(reply, 500, 'request failed; see the log of Vigia\n');
  });
  addRoutes(app, view);
  await app.ready();
  return app;
}

function addRoutes(app: FastifyInstance, view: HttpView): void {
  const cache = new ScrapeCache(view.scrape);
  const negotiation = new Negotiation();
  const pages = new OnceARevision<Buffer>(view.scrape.revision);
  app.get('/metrics', async ({ headers }, reply) => {
    const encoding = headers['accept-encoding'] as string | undefined;
    const { format, isGzipped } = negotiation.of(headers.accept, encoding);
    const body = await cache.body(format, isGzipped);
    if (isGzipped) reply.header('content-encoding', 'gzip');
    return reply
      .header('content-type', view.scrape.contentType(format))
      .header('vary', 'accept, accept-encoding')
      .send(body);
  });
  app.get('/healthz', (request, reply) => health(request, reply, view.live()));
  app.get('/readyz', (request, reply) => health(request, reply, view.ready()));
  app.get('/', async (_request, reply) => {
    const page = await pages.get('/', async () => Buffer.from(view.landing().markup));
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .send(page);
  });
}

function health(request: FastifyRequest, reply: FastifyReply, checks: readonly HealthCheck[]) {
  const endpoint = request.url.split('?')[0]?.slice(1) ?? '';
  const verbose = Object.hasOwn(request.query as object, 'verbose');
  const { status, text } = answerHealth(endpoint, checks, verbose);
  return plain(reply, status, text);
}

import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpCounts } from '../../core/self/http-counts.ts';
import type { Denial } from './access/access.ts';
import { html } from './html.ts';
import { type HttpServer, type HttpView, startHttp } from './server.ts';

let server: HttpServer;
let counts: HttpCounts;
let pages: number;
let renders: string[];
let revision: number;
let failing: boolean;
let healthy: boolean;
let errors: unknown[];

const view: HttpView = {
  scrape: {
    revision: () => revision,
    contentType: (format) =>
      format === 'openmetrics' ? 'application/openmetrics-text' : 'text/plain',
    render: async (format) => {
      if (failing) throw new Error('out of numbers');
      renders.push(format);
      return Buffer.from(`# ${format} ${revision}\n`.repeat(1000));
    },
  },
  live: () => [{ name: 'tick', ok: healthy, detail: 'began 21 s ago' }],
  ready: () => [
    { name: 'snapshot', ok: healthy },
    { name: 'tables', ok: true },
  ],
  landing: () => {
    pages++;
    return html`<p>hello</p>`;
  },
};

beforeEach(async () => {
  [renders, revision, failing, healthy, errors] = [[], 1, false, true, []];
  [counts, pages] = [new HttpCounts(), 0];
  const onError = (err: unknown) => errors.push(err);
  const hosts = ['vigia.example.com'];
  server = await startHttp({ host: '127.0.0.1', port: 0 }, view, { onError, counts, hosts });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const request = httpRequest(server.url + path, { method, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

/** The response of the server to raw bytes. */
async function send(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return await text(socket);
}

describe('a scrape', () => {
  test('is plain text of one snapshot', async () => {
    const { status, headers, body } = await get('/metrics');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain',
      vary: 'accept, accept-encoding',
      'cache-control': 'no-store',
    });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toBe('# prometheus 1\n'.repeat(1000));
  });

  test('is OpenMetrics if the client accepts it', async () => {
    const { headers, body } = await get('/metrics', { accept: 'application/openmetrics-text' });
    expect(headers['content-type']).toBe('application/openmetrics-text');
    expect(body.toString()).toContain('# openmetrics 1');
  });

  test('is compressed if the client accepts it', async () => {
    const { headers, body } = await get('/metrics', { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.length).toBeLessThan(500);
    expect(gunzipSync(body).toString()).toBe('# prometheus 1\n'.repeat(1000));
  });

  test('is rendered once per revision and format, for any number of clients', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => get('/metrics', { 'accept-encoding': 'gzip' })),
    );
    await get('/metrics');
    await get('/metrics', { accept: 'application/openmetrics-text' });
    expect(renders).toEqual(['prometheus', 'openmetrics']);
    revision = 2;
    expect((await get('/metrics')).body.toString()).toContain('# prometheus 2');
    expect(renders).toEqual(['prometheus', 'openmetrics', 'prometheus']);
  });

  test('by HEAD has the headers and no body', async () => {
    const { status, headers, body } = await get('/metrics', {}, 'HEAD');
    expect([status, headers['content-length'], body.length]).toEqual([200, '15000', 0]);
  });

  test('that fails is a 500, is reported, and is tried again', async () => {
    failing = true;
    const { status, body } = await get('/metrics', { 'accept-encoding': 'gzip' });
    expect([status, body.toString()]).toEqual([500, 'request failed; see the log of Vigia\n']);
    expect(errors).toEqual([new Error('out of numbers')]);
    failing = false;
    expect((await get('/metrics', { 'accept-encoding': 'gzip' })).status).toBe(200);
  });
});

describe('health', () => {
  test('is ok in one word', async () => {
    expect((await get('/healthz')).body.toString()).toBe('ok\n');
    expect((await get('/readyz')).body.toString()).toBe('ok\n');
  });

  test('lists its checks for ?verbose', async () => {
    const { status, body } = await get('/readyz?verbose');
    expect([status, body.toString()]).toEqual([
      200,
      '[+]snapshot ok\n[+]tables ok\nreadyz check passed\n',
    ]);
  });

  test('names the failed check', async () => {
    healthy = false;
    const { status, body } = await get('/healthz');
    expect([status, body.toString()]).toEqual([
      503,
      '[-]tick failed: began 21 s ago\nhealthz check failed\n',
    ]);
    expect((await get('/readyz?verbose')).body.toString()).toBe(
      '[-]snapshot failed\n[+]tables ok\nreadyz check failed\n',
    );
  });
});

test('the landing page must not load or run anything', async () => {
  const { headers, body } = await get('/');
  expect(body.toString()).toBe('<p>hello</p>');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(headers['x-content-type-options']).toBe('nosniff');
});

describe('the page', () => {
  test('is made once per revision, for any number of clients', async () => {
    await Promise.all(Array.from({ length: 9 }, () => get('/')));
    expect(pages).toBe(1);
    revision = 2;
    await get('/');
    expect(pages).toBe(2);
  });

  test('is not shown under a foreign name, and neither is anything except metrics and health', async () => {
    const evil = { host: 'evil.example:9770' };
    for (const path of ['/', '/nothing', '/?x=/metrics', '/metrics/'])
      expect((await get(path, evil)).status).toBe(421);
    for (const path of ['/metrics', '/healthz', '/readyz?verbose'])
      expect((await get(path, evil)).status).toBe(200);
    expect((await get('/', evil)).body.toString()).toContain('--allowed-hosts');
    expect(counts.refused.host).toBe(5);
    expect((await get('/', { host: 'vigia.example.com' })).status).toBe(200);
    const old = await send('GET / HTTP/1.0\r\n\r\n');
    expect(old).toMatch(/^HTTP\/1\.1 421 /);
  });
});

describe('with restricted access', () => {
  const denial: Denial = {
    ...{ status: 401, reason: 'credentials', text: 'who are you' },
    headers: { 'www-authenticate': 'Basic' },
  };

  test('health is open, and all other routes need access', async () => {
    const checked: string[] = [];
    const access = async ({ path, authorization }: { path: string; authorization?: unknown }) => {
      checked.push(path);
      return authorization === 'yes' ? undefined : denial;
    };
    server.receive({ access, headers: new Map([['x-frame-options', 'deny']]) });
    const statuses = async (paths: readonly string[], headers = {}) =>
      await Promise.all(paths.map(async (path) => (await get(path, headers)).status));
    expect(await statuses(['/healthz', '/readyz', '/readyz?verbose'])).toEqual([200, 200, 200]);
    const others = ['/metrics', '/%6detrics', '/', '/nothing', '//healthz', '/healthz/x'];
    expect(await statuses(others)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(checked.slice(0, 3)).toEqual(['/metrics', '/metrics', '/']);
    expect(await statuses(others, { authorization: 'yes' })).toEqual([
      200, 200, 200, 404, 404, 404,
    ]);
    const { headers, body } = await get('/metrics');
    expect(headers).toMatchObject({ 'www-authenticate': 'Basic', 'x-frame-options': 'deny' });
    expect(body.toString()).toBe('who are you\n');
    expect([renders.length, counts.refused.credentials]).toEqual([1, 7]);
  });

  test('a failing check gives no access', async () => {
    const access = async () => {
      throw new Error('out of order');
    };
    server.receive({ access });
    expect((await get('/metrics')).status).toBe(500);
    expect([renders.length, errors]).toEqual([0, [new Error('out of order')]]);
  });
});

describe('an invalid request', () => {
  test.each(['/nothing', '/metrics/', '/metrics/x', '//', '/%2e%2e/etc/passwd', '/__proto__'])(
    'for %s is not found',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect([status, body.toString()]).toEqual([404, 'not found\n']);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE'])(
    'by %s is not allowed',
    async (method) => {
      const { status, headers, body } = await get('/metrics', {}, method);
      expect([status, headers.allow, body.toString()]).toEqual([
        405,
        'GET, HEAD',
        'only GET and HEAD are allowed\n',
      ]);
    },
  );

  test('with a body is refused before the body is read', async () => {
    const answer = await send(
      'POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n' +
        'content-length: 1000000000\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  });

  test.each(['content-length: 3', 'transfer-encoding: chunked'])(
    'by GET with a body is refused, and the body is not parsed as a request: %s',
    async (header) => {
      const answer = await send(
        `GET /metrics HTTP/1.1\r\nhost: a\r\n${header}\r\n\r\n3\r\nabc\r\n0\r\n\r\n` +
          'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n',
      );
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    },
  );

  test('with a broken path is a bad request, in plain text', async () => {
    const { status, body } = await get('/%zz');
    expect([status, body.toString()]).toEqual([400, 'bad request\n']);
  });

  test.each([
    ['with endless headers', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['that is not HTTP', '\x16\x03\x01\x00\r\n\r\n', 400],
    ['without a host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('%s is refused', async (_what, bytes, status) => {
    expect(await send(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await get('/healthz')).status).toBe(200);
  });
});

test('a client that keeps its connection open does not delay the shutdown', async () => {
  await using other = await startHttp({ host: '127.0.0.1', port: 0 }, view, { onError: () => {} });
  const port = Number(new URL(other.url).port);
  const idle = connect(port, '127.0.0.1');
  idle.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  const slow = connect(port, '127.0.0.1');
  slow.write('GET /heal');
  await once(idle, 'data');
  const begin = performance.now();
  await other[Symbol.asyncDispose]();
  expect(performance.now() - begin).toBeLessThan(2000);
});

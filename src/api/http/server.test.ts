import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { html } from './html.ts';
import { type HttpServer, type HttpView, startHttp } from './server.ts';

let server: HttpServer;
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
  landing: () => html`<p>hello</p>`,
};

beforeEach(async () => {
  [renders, revision, failing, healthy, errors] = [[], 1, false, true, []];
  server = await startHttp({ host: '127.0.0.1', port: 0 }, view, {
    onError: (err) => errors.push(err),
  });
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

/** What the server says to bytes that no client library would send. */
async function say(bytes: string): Promise<string> {
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

  test('is OpenMetrics for who asks for it', async () => {
    const { headers, body } = await get('/metrics', { accept: 'application/openmetrics-text' });
    expect(headers['content-type']).toBe('application/openmetrics-text');
    expect(body.toString()).toContain('# openmetrics 1');
  });

  test('is compressed for who can read that', async () => {
    const { headers, body } = await get('/metrics', { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.length).toBeLessThan(500);
    expect(gunzipSync(body).toString()).toBe('# prometheus 1\n'.repeat(1000));
  });

  test('is rendered once a revision and format, however many ask', async () => {
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

  test('that fails is a 500, is told, and is tried again', async () => {
    failing = true;
    const { status, body } = await get('/metrics', { 'accept-encoding': 'gzip' });
    expect([status, body.toString()]).toEqual([
      500,
      'the answer could not be made; the log says why\n',
    ]);
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

  test('says what failed', async () => {
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

test('the landing page may load and run nothing', async () => {
  const { headers, body } = await get('/');
  expect(body.toString()).toBe('<p>hello</p>');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(headers['x-content-type-options']).toBe('nosniff');
});

describe('a request that is not ours', () => {
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
        'only GET and HEAD\n',
      ]);
    },
  );

  test('with a body is refused before the body is read', async () => {
    const answer = await say(
      'POST /metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n' +
        'content-length: 1000000000\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('with a broken path is a bad request, in plain text', async () => {
    const { status, body } = await get('/%zz');
    expect([status, body.toString()]).toEqual([400, 'bad request\n']);
  });

  test.each([
    ['with endless headers', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['that is no HTTP', '\x16\x03\x01\x00\r\n\r\n', 400],
    ['without a host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('%s is refused', async (_what, bytes, status) => {
    expect(await say(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await get('/healthz')).status).toBe(200);
  });
});

test('a client that keeps its connection open does not hold up the end', async () => {
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

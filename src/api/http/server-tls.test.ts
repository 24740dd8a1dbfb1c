import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { HttpCounts } from '../../core/self/http-counts.ts';
import { accessBy } from './access/access.ts';
import { Certificates, type Issued } from './certificates.fixture.ts';
import { GATE_LIMITS, type GateLimits } from './gate/limits.ts';
import { html } from './html.ts';
import { type HttpReception, type HttpServer, type HttpView, startHttp } from './server.ts';
import { readWebConfig } from './web-config/web-config.ts';

const LARGE = Buffer.alloc(3_000_000, 'x');
const view: HttpView = {
  scrape: { revision: () => 1, contentType: () => 'text/plain', render: async () => LARGE },
  live: () => [],
  ready: () => [],
  landing: () => html`hello`,
};
const GET = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

let files: Certificates;
let own: Issued;
let http: HttpServer;
let counts: HttpCounts;
let sockets: Socket[];

beforeAll(() => {
  files = new Certificates();
  own = files.issue('server', ['IP:127.0.0.1']);
});

afterAll(() => files[Symbol.dispose]());

function receptionBy(lines: readonly string[], { cert, key }: Issued = own): HttpReception {
  const all = [`cert_file: ${cert}`, `key_file: ${key}`, ...lines];
  const config = `tls_server_config:\n${all.map((line) => `  ${line}\n`).join('')}`;
  const { tls, clients, rate } = readWebConfig(files.write('web.yaml', config));
  return { tls, rate, access: accessBy({ clients, onError: () => {} }) };
}

async function start(lines: readonly string[], limits: Partial<GateLimits> = {}): Promise<void> {
  [counts, sockets] = [new HttpCounts(), []];
  const options = { counts, limits: { ...GATE_LIMITS, ...limits }, onError: () => {} };
  const reception = receptionBy(lines);
  http = await startHttp({ host: '127.0.0.1', port: 0 }, view, { ...options, reception });
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await http[Symbol.asyncDispose]();
});

function port(): number {
  return Number(new URL(http.url).port);
}

/** Undefined if there is no response. */
async function statusOf(path: string, client?: Issued, ciphers?: string) {
  const identity = client && { cert: files.read(client.cert), key: files.read(client.key) };
  const options = { ca: files.read('ca.crt'), ...identity, ...(ciphers && { ciphers }) };
  return await new Promise<number | undefined>((resolve) => {
    const sent = request(http.url + path, { agent: new Agent(), ...options }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    sent.once('error', () => resolve(undefined)).end();
  });
}

async function secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    port: port(),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...options,
  });
  sockets.push(socket.on('error', () => {}));
  await new Promise<void>((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

describe('over TLS', () => {
  test('everything is served as without TLS, and the URL has https', async () => {
    await start([]);
    expect(http.url).toMatch(/^https:/);
    expect([await statusOf('/metrics'), await statusOf('/healthz'), await statusOf('/')]).toEqual([
      200, 200, 200,
    ]);
  });

  test('requests of a connection are answered in order, and large responses are complete', async () => {
    await start([]);
    const socket = await secure();
    const last = GET.replace('/healthz', '/metrics').replace(
      '\r\n\r\n',
      '\r\nconnection: close\r\n\r\n',
    );
    socket.write(GET + GET + last);
    const response = await text(socket);
    expect(response.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(response.length).toBeGreaterThan(LARGE.length);
  });

  test('requests without TLS get no response', async () => {
    await start([]);
    const socket = connectPlain(port(), '127.0.0.1');
    sockets.push(socket.on('error', () => {}));
    socket.write(GET);
    expect(await text(socket).catch(() => '')).not.toContain('HTTP/1.1 200');
    expect(await statusOf('/healthz')).toBe(200);
  });

  test('versions and suites are as configured', async () => {
    await start(['max_version: TLS12', 'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]']);
    const socket = await secure();
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual([
      'TLSv1.2',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
    ]);
    expect(await statusOf('/healthz', undefined, 'ECDHE-ECDSA-AES128-GCM-SHA256')).toBeUndefined();
  });

  test('a new certificate applies to new connections, and old ones continue', async () => {
    await start([]);
    const old = await secure();
    const other = files.issue('other', ['IP:127.0.0.1']);
    http.receive(receptionBy([], other));
    const subject = (await secure()).getPeerX509Certificate()?.subject;
    expect(subject).toBe(new X509Certificate(files.read(other.cert)).subject);
    old.write(GET);
    await vi.waitFor(() => expect(old.bytesRead).toBeGreaterThan(0));
  });
});

describe('a handshake', () => {
  test('that does not end is closed, and delays no other client', async () => {
    await start([], { handshakeMs: 100, perAddress: 2, total: 3, open: 6 });
    for (let i = 0; i < 5; i++)
      sockets.push(connectPlain(port(), '127.0.0.1').on('error', () => {}));
    await vi.waitFor(() => expect(counts.connections).toBeGreaterThan(1));
    expect(await statusOf('/healthz')).toBe(200);
    await vi.waitFor(() => expect(counts.closed.handshake).toBeGreaterThan(0), 5000);
  });

  test('is not started if the address has too many', async () => {
    await start([], { handshakes: { intervalMs: 60_000, burst: 3 } });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push(await statusOf('/healthz'));
    expect(statuses).toEqual([200, 200, 200, undefined, undefined]);
    expect(counts.closed.handshake).toBe(2);
  });
});

test('a client that does not read is closed in favor of one that does', async () => {
  await start([], { slowMs: 20, perAddress: 1 });
  const first = (await secure()).pause();
  first.write(GET.replace('/healthz', '/metrics').repeat(9));
  await vi.waitFor(() => expect(counts.connections).toBe(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await statusOf('/healthz')).toBe(200);
  await vi.waitFor(() => expect(counts.closed.share).toBe(1));
});

describe('a client certificate', () => {
  let good: Issued;
  let bad: Issued;
  let unnamed: Issued;

  beforeAll(() => {
    good = files.issue('good', ['DNS:prometheus.example']);
    bad = files.issue('bad', ['DNS:prometheus.example'], true);
    unnamed = files.issue('unnamed', ['DNS:other.example']);
  });

  const CA = 'client_ca_file: ca.crt';
  test.each([
    ['NoClientCert', [], [200, 200, 200]],
    ['RequestClientCert', [], [200, 200, 200]],
    ['RequireAnyClientCert', [], [403, 200, 200]],
    ['VerifyClientCertIfGiven', [CA], [200, 403, 200]],
    ['RequireAndVerifyClientCert', [CA], [403, 403, 200]],
  ])(
    'is requested as by %s: none, one of an unknown authority, one of the configured authority',
    async (type, more, wanted) => {
      await start([`client_auth_type: ${type}`, ...more]);
      const statuses = [undefined, bad, good].map((client) => statusOf('/metrics', client));
      expect(await Promise.all(statuses)).toEqual(wanted);
      const probes = [undefined, bad, good].map((client) => statusOf('/readyz', client));
      expect(await Promise.all(probes)).toEqual([200, 200, 200]);
    },
  );

  test('has one of the allowed names', async () => {
    const sans = 'client_allowed_sans: [prometheus.example]';
    await start(['client_auth_type: RequireAndVerifyClientCert', CA, sans]);
    const statuses = [good, unnamed, bad].map((client) => statusOf('/metrics', client));
    expect(await Promise.all(statuses)).toEqual([200, 403, 403]);
  });
});

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listConnections, watchFindings } from './client.ts';

let directory: string;
let path: string;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vigia-client-'));
  path = join(directory, 'vigia.sock');
});

afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

function list(signal = new AbortController().signal, timeoutMs = 10_000) {
  return listConnections({ socketPath: path, timeoutMs }, {}, signal);
}

async function listen(): Promise<Server> {
  server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return server;
}

test('a missing or stale socket is absent', async () => {
  await expect(list()).rejects.toMatchObject({ failure: 'absent', message: 'ENOENT' });
  await writeFile(path, '');
  await expect(list()).rejects.toMatchObject({ failure: 'absent', message: 'ECONNREFUSED' });
});

test('a server without gRPC is reported as such', async () => {
  (await listen()).on('connection', (socket) => {
    socket.on('error', () => {});
    socket.end('220 mail.example ESMTP\r\n');
  });
  await expect(list()).rejects.toMatchObject({ name: 'CallError', failure: 'failed' });
});

test('a call without a response ends with the signal, with its reason', async () => {
  const stop = new AbortController();
  (await listen()).once('connection', () => stop.abort());
  await expect(list(stop.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  await expect(list(stop.signal)).rejects.toBe(stop.signal.reason);
});

test('a silent server is waited for until the timeout', async () => {
  (await listen()).on('connection', (socket) => socket.on('error', () => {}));
  const [{ signal }, timeoutMs] = [new AbortController(), 150];
  const silence = { failure: 'silent', message: 'no response within 0.15 s' };
  await expect(list(signal, timeoutMs)).rejects.toMatchObject(silence);
  const watched = watchFindings({ socketPath: path, timeoutMs }, {}, signal);
  await expect(watched.next()).rejects.toMatchObject(silence);
});

test('a proxy in the environment is not used', async () => {
  process.env['http_proxy'] = 'http://192.0.2.1:1';
  try {
    await expect(list()).rejects.toMatchObject({ failure: 'absent' });
  } finally {
    delete process.env['http_proxy'];
  }
});

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Served } from './served.fixture.ts';
import { vigiaService } from './service.ts';

let served: Served;

beforeEach(async () => {
  served = await Served.start();
});

afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

/** Counts the modules of a server's process before and after two clients connect at once. */
const SCRIPT = `
  import { createRequire } from 'node:module';
  import { execFile } from 'node:child_process';
  import { promisify } from 'node:util';
  const [path, server, client] = process.argv.slice(1);
  const { startGrpc } = await import(server);
  const { cache } = createRequire(server);
  const loaded = () => Object.keys(cache).some((file) => /grpc-js|protobufjs/.test(file));
  const view = { connections: () => ({ nodeName: 'n2', wallMs: 1, flows: [] }) };
  await using running = await startGrpc(path, view, (err) => { throw err; });
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', client]);
  const before = loaded();
  const nodes = (await Promise.all([run(), run()])).map(({ stdout }) => stdout);
  console.log(JSON.stringify({ before, after: loaded(), nodes }));`;

test('the gRPC library is loaded when the first client connects, for two at once', async () => {
  const [path, client, server] = [`${served.path}.2`, moduleOf('client.ts'), moduleOf('server.ts')];
  const program = `
    const { listConnections } = await import(${JSON.stringify(client)});
    const { signal } = new AbortController();
    const target = { socketPath: ${JSON.stringify(path)}, timeoutMs: 10_000 };
    const { nodeName } = await listConnections(target, {}, signal);
    process.stdout.write(nodeName);`;
  const args = ['--input-type=module', '-e', SCRIPT, path, server, program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true, nodes: ['n2', 'n2'] });
});

function moduleOf(name: string): string {
  return join(import.meta.dirname, name);
}

test('disposal removes the socket, so that the next server can listen', async () => {
  await served.list();
  await served.stop();
  expect(existsSync(served.path)).toBe(false);
  await expect(served.list()).rejects.toMatchObject({ failure: 'absent', message: 'ENOENT' });
  await using _next = await served.listen();
  expect((await served.list()).nodeName).toBe('n1');
});

test('disposal ends running calls and silent clients within a second', async () => {
  const connectHere = () => connect(served.path);
  const silent = connectHere();
  const session = connectHttp2('http://localhost', { createConnection: connectHere });
  await Promise.all([once(silent, 'connect'), once(session, 'remoteSettings')]);
  session.on('error', () => {});
  const call = session.request({
    ':method': 'POST',
    ':path': vigiaService.listConnections.path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => {});
  // The response to the ping arrives after the start of the call, which waits for its message.
  await new Promise((resolve) => session.ping(resolve));
  const [ended, hungUp] = [once(session, 'close'), once(silent, 'close')];
  silent.resume();
  const beganMs = performance.now();
  await served.stop();
  await Promise.all([ended, hungUp]);
  expect(performance.now() - beganMs).toBeLessThan(1000);
});

test('disposal before the first connection does not wait', async () => {
  const beganMs = performance.now();
  await served.stop();
  expect(performance.now() - beganMs).toBeLessThan(400);
});

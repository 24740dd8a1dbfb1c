import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flowSnapshot } from '../../api/grpc/flows.fixture.ts';
import { Served } from '../../api/grpc/served.fixture.ts';
import { Program } from '../program.fixture.ts';

let served: Served;
let program: Program;

beforeEach(async () => {
  served = await Served.start();
  program = new Program(served.path);
});

afterEach(async () => {
  program[Symbol.dispose]();
  await served[Symbol.asyncDispose]();
});

const connections = (args: readonly string[] = [], user: { uid?: number } = {}) =>
  program.run(['connections', ...args], user);

const watch = (...args: string[]) =>
  program.start(['connections', '--watch', '--interval=1s', ...args]);

/** The words of each line. */
function rows(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/).slice(0, 7).join(' '));
}

test('all connections of the node are listed', async () => {
  const { code, stdout, stderr } = await connections();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(rows(stdout)).toEqual([
    'NAMESPACE POD CONTAINER DIR PROTO PEER PORT',
    'edge proxy-7d9f envoy in tcp edge/probe-1 443',
    'shop web-0 app out tcp 10.96.4.7 5432',
    'shop crawler-1 app – – other peers',
    'shop web-0 – out tcp mail.example.com 25',
  ]);
});

test('only those that are asked for are listed, in the format that is asked for', async () => {
  const flags = ['--namespace=shop', '--pod=web', '--peer', '10.0.0.0/8'];
  const [wide, json] = await Promise.all([
    connections([...flags, '-o', 'wide']),
    connections([...flags, '-o', 'json']),
  ]);
  expect(rows(wide.stdout)[1]).toBe('shop web-0 app out tcp 10.96.4.7 5432');
  expect(wide.stdout).toMatch(/ LAST\n.* 2s\n$/);
  expect(JSON.parse(json.stdout)).toEqual([flowSnapshot.flows[0]]);
});

test('without connections says so to people, and nothing to programs', async () => {
  expect(await connections(['--namespace=nobody'])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No connections.\n',
  });
});

test('without a daemon exits 1 and says how to start it', async () => {
  const absent = join(dirname(served.path), 'absent.sock');
  expect(await connections(['--socket', absent])).toEqual({
    code: 1,
    stdout: '',
    stderr:
      `vigia: cannot reach the daemon at ${absent}: no such file. Start it with: sudo vigia run, ` +
      'or set the path of its socket with --socket (VIGIA_SOCKET)\n',
  });
});

test('of a daemon that says nothing exits 1 when its time is over, and says how to wait longer', async () => {
  const path = join(dirname(served.path), 'silent.sock');
  const silent = createServer((socket) => socket.on('error', () => {})).listen(path);
  try {
    await once(silent, 'listening');
    expect(await connections(['--socket', path, '--timeout=100ms'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `vigia: the daemon at ${path} does not respond: no response within 0.1 s. To wait longer, use --timeout\n`,
    });
  } finally {
    silent.close();
  }
});

test('before the first snapshot exits 1 and says why', async () => {
  served.snapshot = () => undefined;
  const { code, stderr } = await connections();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `vigia: the daemon at ${served.path} returned an error: no snapshot yet; retry in a few seconds\n`,
  );
});

test('a peer that cannot be exits 2 and says what is wanted', async () => {
  const { code, stderr } = await connections(['--peer=\u001b[2Jexample.com']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^vigia: --peer: got "\\u001b\[2Jexample\.com", want an address or/);
});

test.runIf(process.getuid?.() === 0)('another user is told to use sudo', async () => {
  await chmod(dirname(served.path), 0o755);
  expect(await connections([], { uid: 65_534 })).toMatchObject({
    code: 1,
    stderr: `vigia: cannot reach the daemon at ${served.path}: permission denied. Run as root: sudo vigia connections\n`,
  });
});

test('watching goes on with newer snapshots until a signal, and then has not failed', async () => {
  const child = watch('-o', 'json', '--peer=10.96.4.7');
  const openNow: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    const [listed] = JSON.parse(line);
    openNow.push(listed.openNow);
    const flows = flowSnapshot.flows.map((flow) => ({ ...flow, openNow: flow.openNow + 1 }));
    served.snapshot = () => ({ ...flowSnapshot, flows });
    if (openNow.length === 2) child.kill('SIGINT');
  }
  expect(openNow).toEqual([4, 5]);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
}, 20_000);

test('watching ends when nobody reads any more', async () => {
  const child = watch();
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

/** What runs in the demonstration: a web server with a client, and a CPU hog with a victim. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectNetworks, type Held, holdNetwork, startIn } from './stage.ts';

/** Names of the pods, in the order in which they are shown. */
export const PODS = ['web', 'client', 'hog', 'victim'] as const;

const SERVER_ADDRESSES = ['198.18.91.2', 'fd5e:91::2'];
const CLIENT_ADDRESSES = ['198.18.91.1', 'fd5e:91::1'];
const PORT = 8080;
const HOGS = 3;

const SERVER = `
  const body = Buffer.alloc(20_000, 'x');
  require('node:http').createServer((_, response) => response.end(body)).listen(${PORT}, '::');
`;

/** A new connection for each request, by IPv4 and IPv6 in turn. */
const CLIENT = `
  const http = require('node:http');
  const hosts = ${JSON.stringify(SERVER_ADDRESSES)};
  let turn = 0;
  const ask = () => {
    const options = { host: hosts[turn++ % 2], port: ${PORT}, agent: false };
    const again = () => setTimeout(ask, 10);
    http.get(options, (response) => response.resume().on('end', again)).on('error', again);
  };
  ask();
`;

/** Wants half of a CPU. */
const VICTIM = `
  const work = () => {
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 5_000);
    setTimeout(work, 5);
  };
  work();
`;

/** Starts all of them in cgroups below `root`. Disposed, all have ended. */
export async function startWorkloads(root: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const start = (pod: string, script: string, before: readonly string[] = [], network?: Held) => {
    const command = [...before, process.execPath, '--eval', script];
    stack.use(startIn(join(root, pod), command, network?.pid));
  };
  const server = stack.use(await holdNetwork());
  const client = stack.use(await holdNetwork());
  connectNetworks([
    { pid: server.pid, addresses: withPrefix(SERVER_ADDRESSES) },
    { pid: client.pid, addresses: withPrefix(CLIENT_ADDRESSES) },
  ]);
  start('web', SERVER, [], server);
  start('client', CLIENT, [], client);
  const pinned = ['taskset', '--cpu-list', lastCpu()];
  for (let i = 0; i < HOGS; i++) start('hog', 'for (;;);', pinned);
  start('victim', VICTIM, pinned);
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function withPrefix(addresses: readonly string[]): string[] {
  return addresses.map((address) => `${address}/${address.includes(':') ? 64 : 24}`);
}

/** One that we may run on. */
function lastCpu(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return /\d+$/.exec(list)?.[0] ?? '0';
}

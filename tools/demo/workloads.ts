/**
 * The demo's workloads: a web server, its client, which also calls an outside host, a CPU hog with
 * a victim, and a program that sets up the floating-point unit like a RandomX miner but mines
 * nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledEmulator } from './emulator.ts';
import { connectNetworks, type Held, holdNetwork, startIn, startOutside } from './sandbox.ts';

/** Names of the pods, in display order. */
export const PODS = ['web', 'client', 'hog', 'victim', 'miner'] as const;

const SERVER_ADDRESSES = ['198.18.91.2', 'fd5e:91::2'];
const CLIENT_ADDRESSES = ['198.18.91.1', 'fd5e:91::1'];
/** Documentation addresses (RFC 5737) beyond the cable: a DNS server and the host in its answers. */
const OUTSIDE = { dns: '203.0.113.53', api: '203.0.113.80', name: 'api.example.com', port: 80 };
/** Gives the client a route. */
const OUTSIDE_CLIENT = '203.0.113.1';
const PORT = 8080;
const HOGS = 3;
/** Longer than any demo. */
const MINER = { seconds: 86_400, threads: 2 };

const SERVER = `
  const body = Buffer.alloc(20_000, 'x');
  require('node:http').createServer((_, response) => response.end(body)).listen(${PORT}, '::');
`;

/** Answers every DNS query with one address, and every request. */
const OUTSIDER = `
  const dns = require('node:dgram').createSocket('udp4');
  dns.on('message', (query, { address, port }) => {
    const head = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    const question = query.subarray(0, query.indexOf(0, 12) + 5);
    const answer = Buffer.concat([question, head, Buffer.from(${JSON.stringify(OUTSIDE.api)}.split('.'))]);
    answer.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2);
    dns.send(answer, port, address);
  });
  dns.bind(53, ${JSON.stringify(OUTSIDE.dns)});
  const body = Buffer.alloc(1_000, 'y');
  const server = require('node:http').createServer((_, response) => response.end(body));
  server.listen(${OUTSIDE.port}, ${JSON.stringify(OUTSIDE.api)});
`;

/** Opens a new connection for each request, over IPv4 and IPv6 in turn; sometimes by name. */
const CLIENT = `
  const http = require('node:http');
  const resolver = new (require('node:dns').Resolver)();
  resolver.setServers([${JSON.stringify(OUTSIDE.dns)}]);
  setInterval(() => resolver.resolve4(${JSON.stringify(OUTSIDE.name)}, (err, [host] = []) => {
    if (err) return;
    const options = { host, port: ${OUTSIDE.port}, agent: false };
    http.get(options, (response) => response.resume()).on('error', () => {});
  }), 100);
  const hosts = ${JSON.stringify(SERVER_ADDRESSES)};
  let turn = 0;
  const request = () => {
    const options = { host: hosts[turn++ % 2], port: ${PORT}, agent: false };
    const again = () => setTimeout(request, 10);
    http.get(options, (response) => response.resume().on('end', again)).on('error', again);
  };
  request();
`;

/** Needs half of a CPU. */
const VICTIM = `
  const work = () => {
    const { user } = process.cpuUsage();
    while (process.cpuUsage().user - user < 5_000);
    setTimeout(work, 5);
  };
  work();
`;

/** Starts all of them in cgroups below `root`. All are stopped at disposal. */
export async function startWorkloads(root: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const start = (pod: string, script: string, before: readonly string[] = [], network?: Held) => {
    const command = [...before, process.execPath, '--eval', script];
    stack.use(startIn(join(root, pod), command, network?.pid));
  };
  const server = stack.use(await holdNetwork());
  const client = stack.use(await holdNetwork());
  connectNetworks([
    { pid: server.pid, addresses: withPrefix([...SERVER_ADDRESSES, OUTSIDE.dns, OUTSIDE.api]) },
    { pid: client.pid, addresses: withPrefix([...CLIENT_ADDRESSES, OUTSIDE_CLIENT]) },
  ]);
  stack.use(startOutside([process.execPath, '--eval', OUTSIDER], server.pid));
  start('web', SERVER, [], server);
  start('client', CLIENT, [], client);
  const pinned = ['taskset', '--cpu-list', lastCpu()];
  for (let i = 0; i < HOGS; i++) start('hog', 'for (;;);', pinned);
  start('victim', VICTIM, pinned);
  const { seconds, threads } = MINER;
  const emulator = [compiledEmulator('fpu'), String(seconds), 'four', String(threads)];
  // Low priority, like a miner that avoids notice. The others keep their CPU.
  const miner = ['nice', '-n', '19', ...emulator];
  stack.use(startIn(join(root, 'miner'), miner));
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function withPrefix(addresses: readonly string[]): string[] {
  return addresses.map((address) => `${address}/${address.includes(':') ? 64 : 24}`);
}

/** The last CPU that this process may use. */
function lastCpu(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return /\d+$/.exec(list)?.[0] ?? '0';
}

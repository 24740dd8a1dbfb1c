import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Process, runInside, startInside } from '../process/process.ts';
import type { End } from './network.ts';

const RESOLVE = join(import.meta.dirname, 'resolve.ts');

/** The domain that the servers of the tests know all about. */
export const ZONE = 'test';

/** As many addresses as fit no datagram, however large the client says it may be. */
const MANY = Array.from({ length: 120 }, (_, i) => `192.0.2.${i + 1}`);

/** What the servers of the tests know. */
const RECORDS: readonly string[] = [
  '--host-record=web.test,192.0.2.80,2001:db8::80',
  '--host-record=old.test,192.0.2.81',
  '--cname=cdn.test,web.test',
  '--cname=www.test,cdn.test',
  ...MANY.map((address) => `--host-record=many.test,${address}`),
];

/** Of a DNS server that knows a domain, as far as it is told by `--host-record` and the like. */
export function optionsOf(zone: string, addresses: readonly string[]): string[] {
  return [
    '--keep-in-foreground',
    '--log-facility=-',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--user=root',
    '--bind-interfaces',
    '--no-resolv',
    '--no-hosts',
    `--local=/${zone}/`,
    ...addresses.map((address) => `--listen-address=${address}`),
  ];
}

/** Starts a DNS server that has no other to ask: what it does not know itself it refuses. */
export async function startServer(
  cgroup: string,
  end: End,
  addresses: readonly string[],
  ...records: readonly string[]
): Promise<Process> {
  const options = optionsOf(ZONE, addresses);
  const script = 'exec nsenter --net="$0" dnsmasq "$@" 2>&1';
  const command = ['/bin/sh', '-c', script, end.netns, ...options, ...RECORDS, ...records];
  const server = await startInside(cgroup, command);
  try {
    await server.says('started, version');
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Asks a server, one question after the other, as `A web.test`, each once; or all by one socket, after
 * `--at-once`. Returns what was answered: addresses, or the name of an error.
 */
export async function resolve(
  cgroup: string,
  end: End,
  server: string,
  ...questions: readonly string[]
): Promise<readonly (readonly string[])[]> {
  const words =
    questions[0] === '--at-once'
      ? ['--at-once', server, ...questions.slice(1)]
      : [server, ...questions];
  const command = [`--net=${end.netns}`, process.execPath, RESOLVE, ...words];
  return JSON.parse(await runInside(cgroup, ['nsenter', ...command])) as string[][];
}

/** Asks a server by the C library, in a mount namespace with an /etc/resolv.conf of its own. */
export async function resolveByLibrary(
  cgroup: string,
  end: End,
  server: string,
  question: { readonly name: string; readonly directory: string },
): Promise<string> {
  const file = join(question.directory, 'resolv.conf');
  writeFileSync(file, `nameserver ${server}\n`);
  const script =
    'mount --bind "$0" /etc/resolv.conf && exec nsenter --net="$1" getent -s dns ahosts "$2"';
  const shell = ['/bin/sh', '-c', script, file, end.netns, question.name];
  return runInside(cgroup, ['unshare', '--mount', ...shell]);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Process, runInside, startInside } from '../process/process.ts';
import type { End } from './network.ts';

const RESOLVE = join(import.meta.dirname, 'resolve.ts');

/** The domain of the tests' servers. */
export const ZONE = 'test';

/** Too many addresses for a datagram of any size that a client allows. */
const MANY = Array.from({ length: 120 }, (_, i) => `192.0.2.${i + 1}`);

/** Records of the tests' servers. */
const RECORDS: readonly string[] = [
  '--host-record=web.test,192.0.2.80,2001:db8::80',
  '--host-record=old.test,192.0.2.81',
  '--cname=cdn.test,web.test',
  '--cname=www.test,cdn.test',
  ...MANY.map((address) => `--host-record=many.test,${address}`),
];

/** Options such as `--host-record` for a DNS server with a domain. */
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

/** Starts a DNS server without forwarders. It refuses all other names. */
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
    await server.prints('started, version');
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Sends queries such as `A web.test` to a server, one after the other; or after `--at-once` all
 * through one socket. Returns the answers: addresses, or the name of an error.
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

/** Resolves through the C library, in a mount namespace with its own /etc/resolv.conf. */
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

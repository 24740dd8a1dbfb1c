import { createReadStream, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { endianness } from 'node:os';
import { addressOctets } from '../../../core/flow/address.ts';

/** The TCP sockets of this network namespace, with their send and receive queues. */
const TABLES = { IPv4: '/proc/self/net/tcp', IPv6: '/proc/self/net/tcp6' } as const;
/** Enough for 200,000 sockets. The queues of further sockets count as empty. */
const MOST_BYTES = 32 * 1024 ** 2;

const LARGEST = '/proc/sys/net/ipv4/tcp_wmem';
/** The default of Linux. */
const USUAL_LARGEST_BYTES = 4 * 1024 ** 2;

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Bytes that the kernel holds for the client at each endpoint, unread by the client or by the daemon.
 * Endpoints without such bytes are absent.
 */
export type KernelQueues = ReadonlyMap<string, number>;

/** The key of an endpoint in {@link KernelQueues}. */
export function endpointKey({ address, port }: Endpoint): string {
  const octets = addressOctets(address) ?? [];
  const words = (address.includes(':') ? [0, 4, 8, 12] : [12]).map((at) =>
    wordOf([...octets.slice(at, at + 4)]),
  );
  return `${words.join('')}:${hex(port, 4)}`;
}

/** Reads the queues of the connections to a listening socket. Empty on systems other than Linux. */
export async function readKernelQueues(listener: AddressInfo): Promise<KernelQueues> {
  const queues = new Map<string, number>();
  const port = `:${hex(listener.port, 4)} `;
  try {
    // The IPv6 table also has the IPv4 clients of an IPv6 socket.
    const table = TABLES[listener.family === 'IPv4' ? 'IPv4' : 'IPv6'];
    for await (const lines of linesOf(table))
      for (const line of lines) readLine(line, port, queues);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
  }
  return queues;
}

/** Maximum bytes that the kernel queues for one connection. */
export function largestSendQueue(): number {
  try {
    const [, , bytes] = readFileSync(LARGEST, 'latin1').split(/\s+/).map(Number);
    return bytes || USUAL_LARGEST_BYTES;
  } catch {
    return USUAL_LARGEST_BYTES;
  }
}

async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', end: MOST_BYTES })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
}

/** "   1: 0100007F:262A 0100007F:D431 01 00000010:00000000 …": the fifth column has both queues. */
function readLine(line: string, port: string, queues: Map<string, number>): void {
  const local = line.indexOf(': ') + 2;
  if (!line.startsWith(port, line.indexOf(':', local))) return;
  const [, remote = '', , queue = ''] = line.slice(local).split(' ', 4);
  const [send = 0, receive = 0] = queue.split(':').map((bytes) => Number.parseInt(bytes, 16));
  if (send + receive > 0) queues.set(remote, send + receive);
}

/** Four bytes as the kernel prints them: as one number in host byte order. */
function wordOf(bytes: readonly number[]): string {
  const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes;
  return ordered.map((byte) => hex(byte, 2)).join('');
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * Plays each session between a client and a server on its own connection, and prints the client port.
 * Each line of FILE is JSON: the segments of a session, or the directory of a cgroup, to which the
 * process moves for the sessions that follow.
 *
 *   node talk.ts ADDRESS FILE
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Segment } from './evasions.ts';

/** Returns the client port; `hear` receives each read of the other side. */
export async function play(
  segments: readonly Segment[],
  address: string,
  hear: (segment: Segment) => void = () => {},
): Promise<number> {
  const server = createServer({ noDelay: true }).listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ host: address, port, noDelay: true });
  await once(client, 'connect');
  const [peer] = await accepted;
  for (const { from, octets, afterMs } of segments) {
    if (afterMs) await sleep(afterMs);
    const [speaker, listener] = from === 'client' ? [client, peer] : [peer, client];
    for await (const chunk of pass(Buffer.from(octets, 'latin1'), speaker, listener))
      hear({ from, octets: chunk.toString('latin1') });
  }
  const { localPort = 0 } = client;
  client.destroy();
  peer.destroy();
  server.close();
  return localPort;
}

/** Waits until it has arrived, so that each write is one segment. */
async function* pass(
  octets: Buffer,
  speaker: Socket,
  listener: Socket,
): AsyncGenerator<Buffer, void> {
  speaker.write(octets);
  for (let left = octets.length; left > 0; ) {
    const [chunk] = (await once(listener, 'data')) as [Buffer];
    left -= chunk.length;
    yield chunk;
  }
  await turn();
}

async function main([address = '', file = '']: string[]): Promise<void> {
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const parsed = JSON.parse(line) as string | Segment[];
    if (typeof parsed === 'string') writeFileSync(join(parsed, 'cgroup.procs'), `${process.pid}`);
    else process.stdout.write(`${await play(parsed, address)}\n`);
  }
}

if (import.meta.main) await main(process.argv.slice(2));

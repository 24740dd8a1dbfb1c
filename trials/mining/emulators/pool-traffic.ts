/**
 * Keeps a connection with the message sizes and timing of a pool connection under TLS. Sends random bytes,
 * no hash and no proof of work. Runs until it is killed.
 *
 *   node pool-traffic.ts pool SHARE_SECONDS    random shares, replies, and jobs
 *   node pool-traffic.ts pings SECONDS         a short question and its reply, like keepalives
 *   node pool-traffic.ts beacon SECONDS        repeated connects to a closed port
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
/** Including the TLS header and tag. */
const BYTES = { share: 250, answer: 95, job: 700, ping: 46 } as const;
const JOB_SECONDS = 60;

const send = (socket: Socket, bytes: number) => socket.write(randomBytes(bytes));
/** Time to the next random event, with this mean. */
const wait = (meanSeconds: number) => sleep(-1000 * meanSeconds * Math.log(1 - Math.random()));

async function converse(answerBytes: number): Promise<readonly [Socket, Socket]> {
  const server = createServer({ noDelay: true }).listen(0, HOST);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: HOST, port, noDelay: true });
  const [peer] = await accepted;
  peer.on('data', () => send(peer, answerBytes));
  client.resume();
  return [client, peer];
}

async function mine(shareSeconds: number): Promise<void> {
  const [client, pool] = await converse(BYTES.answer);
  const shares = async () => {
    for (;;) {
      send(client, BYTES.share);
      await wait(shareSeconds);
    }
  };
  const jobs = async () => {
    for (;;) {
      await wait(JOB_SECONDS);
      send(pool, BYTES.job);
    }
  };
  await Promise.all([shares(), jobs()]);
}

async function ping(seconds: number): Promise<void> {
  const [client] = await converse(BYTES.ping);
  for (;;) {
    send(client, BYTES.ping);
    await sleep(seconds * 1000);
  }
}

async function beacon(seconds: number): Promise<void> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  for (;;) {
    connect({ host: HOST, port }).on('error', () => {});
    await sleep(seconds * 1000);
  }
}

const KINDS: Readonly<Record<string, (seconds: number) => Promise<void>>> = {
  pool: mine,
  pings: ping,
  beacon,
};
const [kind = '', seconds = ''] = process.argv.slice(2);
const begin = KINDS[kind];
if (!begin || !(Number(seconds) > 0)) throw new Error('want a kind and seconds');
await begin(Number(seconds));

/**
 * Keeps a connection that carries what one with a pool carries under TLS, by lengths and by moments:
 * random octets, no hash, no proof of work. Goes on until it is ended.
 *
 *   node pool-shape.ts pool SHARE_SECONDS    shares as they are found, answers, a job now and then
 *   node pool-shape.ts pings SECONDS         a short question and its answer, as keepalives are
 *   node pool-shape.ts beacon SECONDS        a connect to a port where nobody listens, and again
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
/** With the header and the tag of TLS. */
const BYTES = { share: 250, answer: 95, job: 700, ping: 46 } as const;
const JOB_SECONDS = 60;

const say = (socket: Socket, bytes: number) => socket.write(randomBytes(bytes));
/** Of what happens at random, so often on the average. */
const wait = (meanSeconds: number) => sleep(-1000 * meanSeconds * Math.log(1 - Math.random()));

async function converse(answerBytes: number): Promise<readonly [Socket, Socket]> {
  const server = createServer({ noDelay: true }).listen(0, HOST);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: HOST, port, noDelay: true });
  const [peer] = await accepted;
  peer.on('data', () => say(peer, answerBytes));
  client.resume();
  return [client, peer];
}

async function mine(shareSeconds: number): Promise<void> {
  const [client, pool] = await converse(BYTES.answer);
  const shares = async () => {
    for (;;) {
      say(client, BYTES.share);
      await wait(shareSeconds);
    }
  };
  const jobs = async () => {
    for (;;) {
      await wait(JOB_SECONDS);
      say(pool, BYTES.job);
    }
  };
  await Promise.all([shares(), jobs()]);
}

async function ping(seconds: number): Promise<void> {
  const [client] = await converse(BYTES.ping);
  for (;;) {
    say(client, BYTES.ping);
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

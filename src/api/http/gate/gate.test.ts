import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HttpCounts } from '../../../core/self/http-counts.ts';
import { listenOn } from '../listen.ts';
import { Gate } from './gate.ts';
import { GATE_LIMITS, type GateLimits } from './limits.ts';
import { plainAnswer } from './refusal.ts';
import type { Turnstile } from './turnstile.ts';

const LIMITS: GateLimits = {
  ...GATE_LIMITS,
  perAddress: 2,
  total: 3,
  open: 6,
  graceMs: 50,
  debts: { afterMs: 80, most: 3 },
};
const GET = 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n';

let gate: Gate;
let port: number;
let counts: HttpCounts;
/** Targets of the requests that the HTTP server got, in order. */
let seen: string[];
/** Sends the responses manually. */
let answers: (() => void)[];
let isByHand: boolean;
let clients: Socket[];

async function openGate(limits: Partial<GateLimits> = {}): Promise<void> {
  counts = new HttpCounts();
  [seen, answers, clients, isByHand] = [[], [], [], false];
  const http: Server = createServer((request, response) => {
    seen.push(request.url ?? '');
    const size = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 1);
    const answer = () => response.end('x'.repeat(size));
    if (isByHand) answers.push(answer);
    else answer();
  });
  http.prependListener('request', ({ socket }, response) => {
    (socket as unknown as Turnstile).follow(response);
  });
  gate = new Gate({
    limits: { ...LIMITS, ...limits },
    counts,
    serve: (turnstile) => http.emit('connection', turnstile),
    urgent: ({ target }) =>
      target === '/health' ? () => plainAnswer({ status: '200 OK', text: 'well' }) : undefined,
  });
  port = Number(new URL(await listenOn(gate.server, { host: '127.0.0.1', port: 0 })).port);
}

beforeEach(() => openGate());

afterEach(async () => {
  for (const client of clients) client.destroy();
  await gate.close(0);
});

/** Connects from a loopback address, by default 127.0.0.1. */
async function client(host = 1, bytes = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${host}` });
  clients.push(socket.on('error', () => {}));
  await new Promise((resolve) => socket.once('connect', resolve));
  if (bytes !== '') socket.write(bytes);
  return socket;
}

/** All data until the server closes, with the error code of a reset. */
async function textFrom(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (received += piece));
  socket.once('error', (err) => (received += err.message));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (!socket.resume().closed) await closed;
  return received;
}

/** The data that a client receives after it sends these bytes from this address. */
async function answerTo(bytes: string, host = 1): Promise<string> {
  return await textFrom(await client(host, bytes));
}

function statusesIn(answer: string): string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status);
}

describe('requests of one connection', () => {
  test('are handed over one at a time, after the response to the previous one', async () => {
    isByHand = true;
    const socket = await client(1, GET + GET.replace('/a', '/b') + GET.replace('/a', '/c'));
    for (const expected of [['/a'], ['/a', '/b'], ['/a', '/b', '/c']]) {
      await vi.waitFor(() => expect(seen).toEqual(expected));
      await sleep(10);
      expect(seen).toEqual(expected);
      answers.at(-1)?.();
    }
    let received = '';
    socket.on('data', (bytes) => (received += bytes));
    await vi.waitFor(() => expect(statusesIn(received)).toEqual(['200', '200', '200']));
  });

  test('continue after a pause, with any segmentation', async () => {
    const socket = await client();
    let received = '';
    socket.on('data', (bytes) => (received += bytes));
    for (const piece of [GET + GET + GET.slice(0, 9), GET.slice(9), GET + GET, '\r\n', GET]) {
      const before = seen.length;
      socket.write(piece);
      await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(before));
      await sleep(5);
    }
    await vi.waitFor(() => expect(statusesIn(received)).toHaveLength(6));
  });

  test('are answered if the client has closed its side', async () => {
    const socket = await client(1, GET + GET);
    socket.end();
    expect(statusesIn(await textFrom(socket))).toEqual(['200', '200']);
  });

  test('with a large response are answered if the client has closed its side', async () => {
    const socket = await client(1, GET.replace('/a', '/3000000'));
    socket.end();
    expect((await textFrom(socket)).length).toBeGreaterThan(3_000_000);
  });

  test('end with the one that asks for it', async () => {
    const last = GET.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n');
    expect(statusesIn(await answerTo(GET + last + GET))).toEqual(['200', '200']);
    const large = last.replace('/a', '/3000000');
    expect((await answerTo(large)).length).toBeGreaterThan(3_000_000);
  });
});

describe('a request that no server should see', () => {
  test.each([
    ['POST', '405', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n${GET}`],
    ['CONNECT', '405', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a TLS handshake', '400', '\x16\x03\x01\x02\x00\x01'],
    ['HTTP/2', '400', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['nonsense', '400', 'nonsense\r\n\r\n'],
    ['endless headers', '431', `GET / HTTP/1.1\r\nx: ${'y'.repeat(9000)}`],
  ])('is refused: %s', async (_what, status, bytes) => {
    expect(statusesIn(await answerTo(bytes))).toEqual([status]);
    expect(seen).toEqual([]);
  });
});

describe('a connection loses its slot', () => {
  test('when it is idle and another connection of its address needs one', async () => {
    const [first, second] = [await client(1, GET), await client(1, GET)];
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    const gone = textFrom(first);
    const other = await client(1, GET);
    expect(statusesIn(await gone)).toEqual(['200']);
    expect([second.destroyed, other.destroyed, counts.closed.share]).toEqual([false, false, 1]);
  });

  test('but not while it waits for a response: the other one waits, and is refused in the end', async () => {
    isByHand = true;
    const [first] = [await client(1, GET), await client(1, GET)];
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(statusesIn(await answerTo(GET))).toEqual(['503']);
    expect(await answerTo(GET.replace('/a', '/health'))).toMatch(/well$/);
    for (const answer of answers) answer();
    await vi.waitFor(() => expect(first.bytesRead).toBeGreaterThan(0));
    expect(counts.refused.places).toBe(1);
  });

  test('when it has its response and others of its address wait, the newest first', async () => {
    isByHand = true;
    const two = await Promise.all([client(1, GET), client(1, GET)]);
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    const [third] = [
      await client(1, GET.replace('/a', '/3')),
      await client(1, GET.replace('/a', '/4')),
    ];
    await sleep(20);
    expect(seen).toHaveLength(2);
    answers[0]?.();
    await vi.waitFor(() => expect(seen.slice(2)).toEqual(['/4']));
    answers[1]?.();
    await vi.waitFor(() => expect(seen.slice(2)).toEqual(['/4', '/3']));
    answers[3]?.();
    await vi.waitFor(() => expect(third.bytesRead).toBeGreaterThan(0));
    for (const each of two) expect(statusesIn(await textFrom(each))).toEqual(['200']);
  });

  test('only when its client has read the complete response, if that was sent recently', async () => {
    await gate.close(0);
    await openGate({ open: 20 });
    const large = GET.replace('/a', '/3000000');
    const readers = Array.from({ length: 10 }, async () => (await client(1, large)).pause());
    const all = await Promise.all(readers);
    await vi.waitFor(() => expect(seen).toHaveLength(10));
    await sleep(20);
    for (const each of all) each.resume();
    const isRead = () => all.every(({ bytesRead }) => bytesRead > 3_000_000);
    await vi.waitFor(() => expect(isRead()).toBe(true), 4000);
  });

  test('when its client does not read the response and others wait', async () => {
    await gate.close(0);
    await openGate({ slowMs: 20 });
    const large = GET.replace('/a', '/20000000');
    const [first] = [(await client(1, large)).pause(), (await client(1, large)).pause()];
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    await sleep(30);
    await client(1, GET);
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(await textFrom(first)).toMatch(/ECONNRESET/);
  });

  test('beyond the share of its address, when it does not send a request soon', async () => {
    const silent = await Promise.all(Array.from({ length: 5 }, () => client(1)));
    await vi.waitFor(() => expect(counts.connections).toBe(2));
    await Promise.all(silent.slice(0, 3).map(textFrom));
    expect(silent.map(({ destroyed }) => destroyed).slice(3)).toEqual([false, false]);
    expect(counts.closed.share).toBe(3);
  });

  test('when too many are open, at once', async () => {
    for (const host of [2, 3, 4, 5, 6, 7]) await client(host);
    const requester = await client(8, GET);
    await vi.waitFor(() => expect(requester.bytesRead).toBeGreaterThan(0));
    expect(counts.closed.share).toBeGreaterThan(0);
  });
});

describe('too many requests of one address', () => {
  beforeEach(() => gate.receive({ rate: { intervalMs: 60_000, burst: 2 } }));

  test('are refused with the time to wait, and end the connection', async () => {
    const answer = await answerTo(GET + GET + GET + GET);
    expect(statusesIn(answer)).toEqual(['200', '200', '429']);
    expect(answer).toMatch(/retry-after: 60\r\n/);
    expect(counts.refused.rate).toBe(1);
  });

  test('leave health and other addresses alone', async () => {
    await answerTo(GET + GET + GET);
    expect(await answerTo(GET.replace('/a', '/health'))).toMatch(/^HTTP\/1\.1 200 .*well$/s);
    const other = await client(2, GET);
    await vi.waitFor(() => expect(other.bytesRead).toBeGreaterThan(0));
  });

  test('slow down its next connections', async () => {
    expect(statusesIn(await answerTo(GET + GET + GET))).toEqual(['200', '200', '429']);
    const beganMs = performance.now();
    expect(statusesIn(await answerTo(GET))).toEqual(['429']);
    expect(await answerTo(GET.replace('/a', '/health'))).toMatch(/well$/);
    expect(performance.now() - beganMs).toBeGreaterThan(2 * 75);
  });

  test('include requests refused for other reasons', async () => {
    for (let i = 0; i < 2; i++)
      expect(statusesIn(await answerTo('POST / HTTP/1.1\r\nhost: x\r\n\r\n'))).toEqual(['405']);
    expect(statusesIn(await answerTo(GET))).toEqual(['429']);
  });

  test('do not exist without a limit', async () => {
    gate.receive({ rate: 'unlimited' });
    const last = GET.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n');
    expect(statusesIn(await answerTo(GET.repeat(1000) + last))).toHaveLength(1001);
    // Only the first 32 KiB of the requests that are sent ahead.
    const many = GET.repeat(5000);
    const answered = statusesIn(await answerTo(many)).length;
    expect(answered).toBeGreaterThanOrEqual(Math.floor((32 * 1024) / GET.length));
  });
});

test('unread responses stay within the budget, and delay no other client', async () => {
  await gate.close(0);
  await openGate({ heldBytes: 4_000_000, slowMs: 20, perAddress: 8, total: 16, open: 20 });
  const large = GET.replace('/a', '/1000000').repeat(50);
  const greedy = await Promise.all(
    [2, 2, 3, 3].map(async (host) => (await client(host, large)).pause()),
  );
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(3));
  await sleep(300);
  expect(seen.length).toBeLessThan(20);
  const requester = await client(4, GET);
  await vi.waitFor(() => expect(requester.bytesRead).toBeGreaterThan(0));
  await vi.waitFor(() => expect(counts.closed.reader).toBeGreaterThan(0), 5000);
  expect(greedy).toHaveLength(4);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { attack, served } from '../../lab/network/hostile-crowd.ts';
import { fetchHttp } from '../../lab/network/http-client.ts';
import { cpuSeconds, until } from '../../lab/process/process.ts';
import { type Daemon, replayDaemon } from '../../lab/scene/daemon.ts';
import { type WrittenTape, writeTape } from '../../lab/scene/written-tape.ts';

const REQUEST = 'GET /metrics HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\n\r\n';

let tape: WrittenTape;
let daemon: Daemon;

beforeAll(async () => {
  // One tick in five minutes: all CPU time is for requests.
  tape = await writeTape(250, 300_000);
});

afterAll(() => tape[Symbol.asyncDispose]());

beforeEach(async () => {
  daemon = await replayDaemon(tape.directory);
});

afterEach(() => daemon[Symbol.asyncDispose]());

async function limitedTo(rate: string): Promise<Daemon> {
  const config = join(tape.directory, 'web.yaml');
  writeFileSync(config, `rate_limit: ${rate}\n`);
  return await replayDaemon(tape.directory, [`--web-config-file=${config}`]);
}

test('100,000 sequential requests cost little and lock out no client', async () => {
  await served(daemon.url, '/metrics', { times: 4 });
  const before = cpuSeconds(daemon.pid);
  const octets = 12_500 * REQUEST.length;
  const how = {
    kind: 'reads all',
    connections: 8,
    request: REQUEST,
    octets,
    isStubborn: true,
  } as const;
  await using crowd = await attack(daemon.url, how);
  const sent = async () => (await crowd.outcome()).opened;
  expect(await served(daemon.url, '/metrics')).toBe('32 of 32');
  expect(await served(daemon.url, '/healthz')).toBe('32 of 32');
  await until('all of them to be refused again and again', async () => (await sent()) > 50);
  const { answers } = await crowd.outcome();
  expect(answers['200']).toBeLessThan(4000);
  expect(answers['429']).toBeGreaterThan(0);
  expect(cpuSeconds(daemon.pid) - before).toBeLessThan(1);
});

test('an address above its rate gets the time of the next request; its probes are answered', async () => {
  await using limited = await limitedTo('{ interval: 9s, burst: 5 }');
  const from = '127.66.0.1';
  expect(await served(limited.url, '/metrics', { from, times: 8 })).toBe('5 of 8');
  const { status, headers } = await fetchHttp(limited.url, '/metrics', { from });
  expect([status, headers.connection]).toEqual([429, 'close']);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(9);
  expect(await served(limited.url, '/healthz', { from, times: 4 })).toBe('4 of 4');
  expect(await served(limited.url, '/readyz', { from, times: 4 })).toBe('4 of 4');
  expect(await served(limited.url, '/metrics', { times: 5 })).toBe('5 of 5');
});

/** CPU time of the daemon per response, over 10,000, in µs. */
async function answerMicros(daemon: Daemon, path: string): Promise<number> {
  const request = REQUEST.replace('/metrics', path);
  await using crowd = await attack(daemon.url, { kind: 'asks again', connections: 2, request });
  const answers = async () => (await crowd.outcome()).answers['200'] ?? 0;
  await until('the engine to be warm', async () => (await answers()) > 10_000);
  const [before, began] = [cpuSeconds(daemon.pid), await answers()];
  await until('as many again', async () => (await answers()) > began + 10_000);
  const seconds = cpuSeconds(daemon.pid) - before;
  return (seconds * 1e6) / ((await answers()) - began);
}

test('a cached response costs little more than a probe', async () => {
  await using unlimited = await limitedTo('{ interval: 0 }');
  const probe = await answerMicros(unlimited, '/healthz');
  const cached = await answerMicros(unlimited, '/metrics');
  // 27 to 31 µs each on an idle machine.
  expect(cached / probe).toBeLessThan(2);
});

test('the text and the page are rendered once per tick, for any number of requests', async () => {
  const before = cpuSeconds(daemon.pid);
  const requests = Array.from({ length: 40 }, (_, i) => {
    const headers = i % 2 === 0 ? {} : { accept: 'application/openmetrics-text' };
    return fetchHttp(daemon.url, i % 4 === 3 ? '/' : '/metrics', {
      from: `127.0.1.${i + 1}`,
      headers,
    });
  });
  const answers = await Promise.all(requests);
  expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200));
  const texts = new Set(answers.map(({ text }) => text));
  // In two formats, and a page.
  expect(texts.size).toBe(3);
  expect(cpuSeconds(daemon.pid) - before).toBeLessThan(1);
});

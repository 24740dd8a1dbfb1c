import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Daemon, replayDaemon } from '../support/daemon.ts';
import { attack, served } from '../support/hostile-crowd.ts';
import type { Attack } from '../support/hostile-http.ts';
import { until } from '../support/process.ts';
import { type WrittenTape, writeTape } from '../support/tape.ts';

let tape: WrittenTape;
let daemon: Daemon;

beforeAll(async () => {
  tape = await writeTape(250);
});

afterAll(() => tape[Symbol.asyncDispose]());

beforeEach(async () => {
  daemon = await replayDaemon(tape.directory, ['--listen=:0']);
});

afterEach(() => daemon[Symbol.asyncDispose]());

const HELD: readonly Pick<Attack, 'kind'>[] = [
  { kind: 'silent' },
  { kind: 'half a head' },
  { kind: 'idle after one answer' },
  { kind: 'an octet a second' },
  { kind: 'reads slowly' },
];
const ATTACKER = '127.66.0.1';
const ALL = '32 of 32';

describe.each(HELD)('while connections are held open: $kind', ({ kind }) => {
  test.each([
    ['200 of one address', { connections: 200 }],
    ['200 of one address, opened again at once', { connections: 200, isStubborn: true }],
    [
      '400 of 300 addresses, opened again at once',
      { connections: 400, addresses: 300, isStubborn: true },
    ],
  ])(
    '%s: a scraper and a probe of another address are answered within a second',
    async (_how, how) => {
      await using _crowd = await attack(daemon.url, { kind, ...how });
      expect(await served(daemon.url, '/healthz')).toBe(ALL);
      expect(await served(daemon.url, '/metrics')).toBe(ALL);
    },
  );

  test('200 of one address: others of that address are answered, too', async () => {
    await using _crowd = await attack(daemon.url, { kind, connections: 200 });
    expect(await served(daemon.url, '/healthz', { from: ATTACKER })).toBe(ALL);
    expect(await served(daemon.url, '/metrics', { from: ATTACKER })).toBe(ALL);
  });
});

test('an address keeps eight connections, all together 128', async () => {
  const connections = async () => (await daemon.samples()).one('vigia_http_connections');
  {
    await using _crowd = await attack(daemon.url, { kind: 'silent', connections: 200 });
    // One is that of the scrape.
    await until('eight to be left', async () => (await connections()) === 8 + 1);
  }
  await using _crowd = await attack(daemon.url, {
    kind: 'silent',
    connections: 300,
    addresses: 300,
  });
  await until('128 to be left', async () => (await connections()) <= 128 + 1);
  const closed = { reason: 'share' };
  expect((await daemon.samples()).select('vigia_http_connections_closed_total', closed)).toEqual([
    expect.objectContaining({ reading: expect.any(Number) }),
  ]);
});

test('a request that is sent an octet a second is cut off', async () => {
  await using crowd = await attack(daemon.url, { kind: 'an octet a second', connections: 4 });
  await until('all to be cut off', async () => (await crowd.outcome()).closed === 4, 20_000);
});

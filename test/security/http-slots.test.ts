import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attack, served } from '../../lab/network/hostile-crowd.ts';
import { until } from '../../lab/process/process.ts';
import { type Daemon, replayDaemon } from '../../lab/scene/daemon.ts';
import { type WrittenTape, writeTape } from '../../lab/scene/written-tape.ts';

const ALL = '32 of 32';

let tape: WrittenTape;
let daemon: Daemon;

beforeAll(async () => {
  tape = await writeTape(250);
  daemon = await replayDaemon(tape.directory, ['--listen=:0']);
});

afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await tape?.[Symbol.asyncDispose]();
});

describe.each([['silent'], ['half a head'], ['idle after one answer'], ['reads slowly']] as const)(
  'while connections are held open: %s',
  (kind) => {
    test.each([
      ['200 of one address', 200, 1],
      ['400 of 300 addresses', 400, 300],
    ])(
      '%s, opened again at once: a probe and a scraper are answered within a second',
      async (_of, connections, addresses) => {
        const how = { kind, connections, addresses, isStubborn: true };
        await using _crowd = await attack(daemon.url, how);
        expect(await served(daemon.url, '/healthz')).toBe(ALL);
        expect(await served(daemon.url, '/metrics')).toBe(ALL);
      },
    );
  },
);

test('other clients of an address with 200 connections are served within a second as well', async () => {
  const how = { kind: 'half a head', connections: 200, network: 67 } as const;
  await using _crowd = await attack(daemon.url, how);
  const from = '127.67.0.1';
  expect(await served(daemon.url, '/healthz', { from })).toBe(ALL);
  expect(await served(daemon.url, '/metrics', { from })).toBe(ALL);
});

test('probes from an address that does not read are answered, like those from hundreds of others', async () => {
  const how = { kind: 'reads slowly', octets: 300_000, connections: 400, addresses: 300 } as const;
  await using _crowd = await attack(daemon.url, { ...how, network: 68, isStubborn: true });
  expect(await served(daemon.url, '/healthz', { from: '127.68.0.1' })).toBe(ALL);
});

test('an address keeps eight connections, all together 128', async () => {
  const samples = () => daemon.samples();
  const connections = async () => (await samples()).one('vigia_http_connections');
  const share = { reason: 'share' };
  const closed = async () => (await samples()).one('vigia_http_connections_closed_total', share);
  const before = await closed();
  {
    await using _crowd = await attack(daemon.url, { kind: 'silent', connections: 100 });
    // A scrape is rendered once per tick, so the first ones may be older.
    await until('ninety to be closed', async () => (await closed()) - before >= 90);
    // The scrape itself has one, and may have kept it from before.
    expect(await connections()).toBeLessThanOrEqual(8 + 2);
  }
  const many = { kind: 'silent', connections: 300, addresses: 300 } as const;
  await using _crowd = await attack(daemon.url, many);
  await until('128 to be left', async () => [127, 128, 129].includes(await connections()));
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attack, served, throughout } from '../../lab/network/hostile-crowd.ts';
import { memoryBytes, until } from '../../lab/process/process.ts';
import { type Daemon, replayDaemon } from '../../lab/scene/daemon.ts';
import { type WrittenTape, writeTape } from '../../lab/scene/written-tape.ts';

const MIB = 1024 ** 2;
const ATTACKER = '127.66.0.1';

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

describe.each([
  ['silent'],
  ['half a head'],
  ['an octet a second'],
  ['idle after one answer'],
  ['reads slowly'],
  ['never reads'],
  ['leaves without reading'],
] as const)('for 10 s: %s', (kind) => {
  test.each([
    [200, 1, true],
    [400, 300, true],
    [1000, 1000, true],
  ])('%i connections from %i addresses, reopened at once', async (connections, addresses) => {
    await served(daemon.url, '/metrics', { times: 4 });
    const before = memoryBytes(daemon.pid);
    const how = { kind, connections, addresses, isStubborn: true, octets: 300_000 };
    await using _crowd = await attack(daemon.url, how);
    await throughout(10_000, async () => {
      expect(await served(daemon.url, '/healthz', { times: 4 })).toBe('4 of 4');
      expect(await served(daemon.url, '/metrics', { times: 4 })).toBe('4 of 4');
      expect(await served(daemon.url, '/healthz', { times: 2, from: ATTACKER })).toBe('2 of 2');
    });
    expect(memoryBytes(daemon.pid, 'VmHWM') - before).toBeLessThan(96 * MIB);
  });
});

test('a request sent at one octet per second is cut off', async () => {
  await using crowd = await attack(daemon.url, { kind: 'an octet a second', connections: 4 });
  await until('all to be cut off', async () => (await crowd.outcome()).closed === 4);
});

test('a response read at one octet per second is cut off', async () => {
  const how = { kind: 'reads slowly', connections: 4, octets: 34 * 40 } as const;
  await using crowd = await attack(daemon.url, how);
  // The limit is 30 s, checked every two.
  await throughout(33_000, async () => {
    expect(await served(daemon.url, '/healthz', { times: 1 })).toBe('1 of 1');
  });
  const closed = { reason: 'reader' };
  const samples = await daemon.samples();
  expect(samples.one('vigia_http_connections_closed_total', closed)).toBe(4);
  expect((await crowd.outcome()).opened).toBe(4);
});

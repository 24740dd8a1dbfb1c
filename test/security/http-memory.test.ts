import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attack, served, throughout } from '../../lab/network/hostile-crowd.ts';
import { memoryBytes, until } from '../../lab/process/process.ts';
import { type Daemon, replayDaemon } from '../../lab/scene/daemon.ts';
import { type WrittenTape, writeTape } from '../../lab/scene/written-tape.ts';
import { readKernelQueues } from '../../src/api/http/gate/kernel-queues.ts';

const MIB = 1024 ** 2;
/**
 * 128 connections with one 64 KiB read each beyond the current request take 8 MiB. Responses of a
 * few ticks, still being read by clients, take 3 MiB. The rest is room for garbage.
 */
const GROWTH_BYTES = 48 * MIB;
/** The limit of bytes in the kernel for slow readers. */
const HELD_BYTES = 32 * MIB;
/** Before the first check: one response for each of 128 connections. */
const MOMENT_BYTES = 64 * MIB;

let tape: WrittenTape;
let daemon: Daemon;

beforeAll(async () => {
  tape = await writeTape(250);
});

afterAll(() => tape[Symbol.asyncDispose]());

beforeEach(async () => {
  daemon = await replayDaemon(tape.directory);
});

afterEach(() => daemon[Symbol.asyncDispose]());

async function heldBytes(): Promise<number> {
  const port = Number(new URL(daemon.url).port);
  const queues = await readKernelQueues({ address: '127.0.0.1', family: 'IPv4', port });
  return [...queues.values()].reduce((sum, bytes) => sum + bytes, 0);
}

describe('60 connections send 41 MB of requests each and never read', () => {
  test.each([
    ['of one address', 1],
    ['of 60 addresses', 60],
  ])('%s: memory stays flat, and other clients are served', async (_which, addresses) => {
    expect(await served(daemon.url, '/metrics', { times: 5 })).toBe('5 of 5');
    const before = memoryBytes(daemon.pid);
    const how = { kind: 'never reads', connections: 60, octets: 41e6, addresses } as const;
    await using _crowd = await attack(daemon.url, how);
    // Without a limit, the daemon ended after 3 s.
    await throughout(3000, async () => {
      expect(await served(daemon.url, '/metrics', { times: 4 })).toBe('4 of 4');
      expect(await served(daemon.url, '/healthz', { times: 4 })).toBe('4 of 4');
    });
    expect(memoryBytes(daemon.pid, 'VmHWM') - before).toBeLessThan(GROWTH_BYTES);
    const isLittle = async () => (await heldBytes()) < HELD_BYTES;
    await until('the kernel to hold little', isLittle);
  });
});

test('clients that end without reading leave nothing in the kernel', async () => {
  const how = { kind: 'leaves without reading', connections: 400, addresses: 100 } as const;
  await using _crowd = await attack(daemon.url, how);
  await throughout(2000, async () => {
    expect(await served(daemon.url, '/metrics', { times: 4 })).toBe('4 of 4');
    expect(await heldBytes()).toBeLessThan(MOMENT_BYTES);
  });
  const isLittle = async () => (await heldBytes()) < HELD_BYTES;
  await until('the kernel to hold little', isLittle);
});

import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KernelBudget, type Reader } from './kernel-budget.ts';
import { endpointKey, largestSendQueue, readKernelQueues } from './kernel-queues.ts';
import { heaviest } from './slow-readers.ts';

const MIB = 1024 ** 2;

interface Fake extends Reader {
  isClosed: boolean;
}

function reader(endpoint: string): Fake {
  return { endpoint, isClosed: false, heldBytes: 0 };
}

describe('the budget of unread bytes', () => {
  const [one, other] = [reader('one'), reader('other')];
  const readers = [one, other];
  let queues: ReadonlyMap<string, number>;
  let tableReads: number;
  let shed: number[];
  let budget: KernelBudget<Fake>;

  beforeEach(() => {
    [queues, tableReads, shed] = [new Map(), 0, []];
    for (const each of readers) Object.assign(each, reader(each.endpoint));
    budget = new KernelBudget({
      budgetBytes: 10 * MIB,
      largestBytes: 8 * MIB,
      readers,
      readQueues: async () => {
        tableReads++;
        return queues;
      },
      shed: (bytes) => shed.push(bytes),
    });
  });

  test('counts the bytes sent, up to the limit of the kernel per connection', () => {
    budget.add(one, 9 * MIB);
    expect([one.heldBytes, budget.isExceeded]).toEqual([8 * MIB, false]);
    budget.add(other, 3 * MIB);
    expect(budget.isExceeded).toBe(true);
    budget.remove(one);
    expect(budget.isExceeded).toBe(false);
  });

  test('reads the table once for any number of concurrent calls', async () => {
    budget.add(one, 8 * MIB);
    budget.add(other, 8 * MIB);
    await Promise.all([budget.read(one), budget.read(other), budget.refresh()]);
    expect([tableReads, one.heldBytes, budget.isExceeded]).toEqual([1, 0, false]);
  });

  test('does not read the table for a client with few unread bytes', async () => {
    budget.add(one, 4096);
    await budget.read(one);
    expect(tableReads).toBe(0);
  });

  test('waits for a client until it has read everything, or has disconnected', async () => {
    budget.add(one, MIB);
    budget.add(other, MIB);
    queues = new Map([
      ['one', MIB],
      ['other', MIB],
    ]);
    const done: string[] = [];
    const reads = [one, other].map(async (each) => {
      await budget.read(each);
      done.push(each.endpoint);
    });
    await vi.waitFor(() => expect(tableReads).toBeGreaterThan(1));
    expect(done).toEqual([]);
    queues = new Map([['one', MIB]]);
    await reads[1];
    one.isClosed = true;
    await reads[0];
    expect(done).toEqual(['other', 'one']);
  });

  test('reports the excess', async () => {
    queues = new Map([
      ['one', 8 * MIB],
      ['other', 5 * MIB],
    ]);
    await budget.refresh();
    expect(shed).toEqual([3 * MIB]);
  });
});

test('connections of the address that holds most are closed first, and only as many as needed', () => {
  const waiting = (address: string, heldBytes: number, waitedMs?: number) => ({
    ...{ address, isUnread: false, dueMs: 0, endpoint: '', isClosed: false, heldBytes },
    waitedMs: () => waitedMs,
    readingMs: () => undefined,
  });
  const [small, alone, twin, quick] = [
    waiting('a', 3 * MIB, 2000),
    waiting('b', 5 * MIB, 2000),
    waiting('a', 4 * MIB, 2000),
    waiting('a', 9 * MIB),
  ];
  const all = [small, alone, twin, quick, waiting('c', 4096, 2000), waiting('a', 9 * MIB, 900)];
  const chosen = (bytes: number) => heaviest(all, { bytes, leastMs: 1000 });
  expect(chosen(1)).toEqual([twin]);
  expect(chosen(6 * MIB)).toEqual([twin, small]);
  expect(chosen(99 * MIB)).toEqual([twin, small, alone]);
});

describe.runIf(process.platform === 'linux')('the queues of the kernel', () => {
  let server: Server;
  let client: Socket | undefined;

  afterEach(() => {
    client?.destroy();
    server.close();
  });

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::1', '::1'],
  ])(
    'of a socket on %s contain the bytes that a client on %s does not read',
    async (host, from) => {
      server = createServer().listen(0, host);
      await vi.waitFor(() => expect(server.listening).toBe(true));
      const listener = server.address();
      if (listener === null || typeof listener === 'string') throw new Error('no port');
      const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
      client = connect(listener.port, from).pause();
      const socket = await accepted;
      const { remoteAddress: address = '', remotePort: port = 0 } = socket;
      socket.write(Buffer.alloc(32 * MIB));
      const key = endpointKey({ address, port });
      const queued = async () => (await readKernelQueues(listener)).get(key);
      await vi.waitFor(async () => expect(await queued()).toBeGreaterThan(MIB));
      expect(await queued()).toBeLessThanOrEqual(largestSendQueue());
      client.resume();
      await vi.waitFor(async () => expect(await queued()).toBeUndefined(), 5000);
      socket.destroy();
    },
  );
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPTIONS, type Peer } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import { connection, FAMILIES, openStage, type Stage, stream } from '../../../lab/scene/stage.ts';
import type { TcpUsage } from '../../../src/core/usage/usage.ts';

const NONE: Omit<TcpUsage, 'connectNs' | 'payloadSent' | 'payloadReceived'> = {
  connects: 0,
  accepts: 0,
  connectFailures: 0,
  resets: 0,
  retransmits: 0,
};

/**
 * On some virtual machines, no tracing program sees events in an interrupt of certain threads:
 * about one of 300 retransmits. Three failures in a row are a fault of Vigia.
 */
const MAY_MISS = { retry: 2 };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const tcpOf = (peer: Peer) => {
  const { connectNs, payloadSent, payloadReceived, ...events } = stage.scene.usageOf(
    peer.cgroup,
  ).tcp;
  return events;
};
const pair = () => [stage.peer('west'), stage.peer('east')] as const;
const retransmitted = (end: 'west' | 'east') => stage.network[end].statistic('Tcp.RetransSegs');

/** Drops arriving packets that match an nft rule at one end, until disposal. */
function drop(end: 'west' | 'east', rule: string): Disposable {
  const { run } = stage.network[end];
  run(
    'nft -f -',
    `add table inet lossy
    add chain inet lossy in { type filter hook input priority 0; }
    add rule inet lossy in ${rule} drop`,
  );
  return { [Symbol.dispose]: () => void run('nft delete table inet lossy') };
}

describe.each(FAMILIES)('over IPv%i', MAY_MISS, (family) => {
  const eastAddress = () => stage.network.east.addresses[family];

  test('each end of a connection is counted on its own side, and an orderly end is no reset', async () => {
    const [west, east] = pair();
    for (let i = 0; i < 20; i++) {
      const { client, server } = await connection(west, east, eastAddress());
      await stream(client, server, 1000);
      await client.close();
      await server.receive(1);
      await server.close();
    }
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 20 });
    expect(tcpOf(east)).toEqual({ ...NONE, accepts: 20 });
  });

  test('a socket that dials itself is not accepted', async () => {
    const [west] = pair();
    const socket = await west.socket('tcp', family);
    const address = stage.network.west.addresses[family];
    await socket.connect(address, await socket.bind(address));
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 1 });
    await stream(socket, socket, 1000);
    const flows = stage.scene.flowsOf(west.cgroup);
    expect(flows).toMatchObject([{ direction: 'outbound', attempts: 1, established: 1 }]);
  });

  test('two sockets that dial each other at once are not accepted', async () => {
    const [west, east] = pair();
    const ends = await Promise.all(
      [west, east].map(async (peer, i) => {
        const address = stage.network[i === 0 ? 'west' : 'east'].addresses[family];
        const socket = await peer.socket('tcp', family);
        return { address, socket, port: await socket.bind(address) };
      }),
    );
    const [one, other] = ends as [(typeof ends)[0], (typeof ends)[0]];
    const lossy = [drop('west', 'tcp flags syn'), drop('east', 'tcp flags syn')];
    const dialling = [
      one.socket.connect(other.address, other.port),
      other.socket.connect(one.address, one.port),
    ];
    await until('both to dial', () => tcpOf(west).connects + tcpOf(east).connects === 2);
    for (const rule of lossy) rule[Symbol.dispose]();
    await Promise.all(dialling);
    for (const peer of [west, east]) {
      expect(tcpOf(peer)).toMatchObject({ connects: 1, accepts: 0, connectFailures: 0 });
      const flows = stage.scene.flowsOf(peer.cgroup);
      expect(flows).toMatchObject([{ direction: 'outbound', attempts: 1, established: 1 }]);
    }
  });

  test('a refused connection has failed, and was not reset', async () => {
    const [west] = pair();
    await expect(west.connect(eastAddress(), 9)).rejects.toThrow('ECONNREFUSED');
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 1, connectFailures: 1 });
  });

  test('closing with unread data is a reset for both ends', async () => {
    const [west, east] = pair();
    const { client, server } = await connection(west, east, eastAddress());
    await server.send(1000);
    await until('the data to arrive', async () => (await server.unsent()) === 0);
    await client.close();
    await until('the reset to arrive', () => tcpOf(east).resets > 0);
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 1, resets: 1 });
    expect(tcpOf(east)).toEqual({ ...NONE, accepts: 1, resets: 1 });
  });

  test('closing at once (SO_LINGER of 0) is a reset for both ends', async () => {
    const [west, east] = pair();
    const { client, server } = await connection(west, east, eastAddress());
    await server.option(OPTIONS.linger, 0);
    await server.close();
    await until('the reset to arrive', () => tcpOf(west).resets > 0);
    await client.close();
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 1, resets: 1 });
    expect(tcpOf(east)).toEqual({ ...NONE, accepts: 1, resets: 1 });
  });

  test('for lost segments, retransmits equal the kernel’s count at both ends', async () => {
    const [west, east] = pair();
    const { client, server } = await connection(west, east, eastAddress());
    const before = [retransmitted('west'), retransmitted('east')];
    {
      using _ = drop('east', 'meta l4proto tcp numgen inc mod 9 0');
      using __ = drop('west', 'meta l4proto tcp numgen inc mod 9 0');
      await stream(client, server, 2_000_000);
      await stream(server, client, 2_000_000);
    }
    const after = [retransmitted('west'), retransmitted('east')];
    const reported = [tcpOf(west).retransmits, tcpOf(east).retransmits];
    expect(reported).toEqual(after.map((segments, i) => segments - (before[i] ?? 0)));
    expect(reported).toEqual([await client.info('retransmits'), await server.info('retransmits')]);
    expect(Math.min(...reported)).toBeGreaterThan(0);
  });
});

test(
  'an unanswered connection fails at its timeout; its repeated SYNs are retransmits',
  MAY_MISS,
  async () => {
    const [west, east] = pair();
    const { port } = await east.listen(stage.network.east.addresses[4]);
    const socket = await west.socket('tcp', 4);
    await socket.option(OPTIONS.synCount, 1);
    const before = retransmitted('west');
    using _ = drop('east', 'tcp flags syn');
    await expect(socket.connect(stage.network.east.addresses[4], port)).rejects.toThrow(
      'ETIMEDOUT',
    );
    const retransmits = retransmitted('west') - before;
    expect(tcpOf(west)).toEqual({ ...NONE, connects: 1, connectFailures: 1, retransmits });
    expect(retransmits).toBeGreaterThan(0);
  },
);

test('a repeated SYN-ACK is a retransmit of the listener', MAY_MISS, async () => {
  const [west, east] = pair();
  const { port } = await east.listen(stage.network.east.addresses[4]);
  const before = { west: retransmitted('west'), east: retransmitted('east') };
  const lossy = drop('west', 'tcp flags & (syn | ack) == (syn | ack)');
  const connecting = west.connect(stage.network.east.addresses[4], port);
  await until('the answer to be sent again', () => retransmitted('east') > before.east);
  lossy[Symbol.dispose]();
  await connecting;
  await until('the connection to be accepted', () => tcpOf(east).accepts === 1);
  expect(tcpOf(east).retransmits).toBe(retransmitted('east') - before.east);
  expect(tcpOf(west).retransmits).toBe(retransmitted('west') - before.west);
});

test('events belong to the socket’s cgroup, whichever process is running', MAY_MISS, async () => {
  const [west, east] = pair();
  const socket = await west.socket('tcp', 4);
  const { port } = await east.listen(stage.network.east.addresses[4]);
  const elsewhere = stage.scene.makeCgroup('elsewhere');
  await west.enter(elsewhere);
  await socket.connect(stage.network.east.addresses[4], port);
  await socket.option(OPTIONS.linger, 0);
  await socket.close();
  expect(tcpOf(west)).toEqual({ ...NONE, connects: 1, resets: 1 });
  expect(stage.scene.usageOf(elsewhere).tcp).toMatchObject(NONE);
});

test('no event of these tests was lost', () => {
  const { lost } = stage.scene;
  expect(Object.keys(lost()).filter((what) => /^(tcp|usage)\./.test(what))).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPTIONS, type Peer } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import { WAYS } from '../../../lab/scene/connection-ways.ts';
import { connection, FAMILIES, openStage, type Stage, stream } from '../../../lab/scene/stage.ts';

describe.each(WAYS)('with connections stored $way', ({ hasSocketStorage }) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ hasSocketStorage });
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const pair = () => [stage.peer('west'), stage.peer('east')] as const;
  const flowsOf = (peer: Peer) => stage.scene.flowsOf(peer.cgroup);

  /** The one flow of a peer. */
  function flowOf(peer: Peer) {
    const flows = flowsOf(peer);
    expect(flows.map(({ peerAddress, port }) => [peerAddress, port])).toHaveLength(1);
    return flows[0];
  }

  describe.each(FAMILIES)('over IPv%i', (family) => {
    const addresses = () => [
      stage.network.west.addresses[family],
      stage.network.east.addresses[family],
    ];

    test('both ends of a connection show peer, port and bytes, while open and after the end', async () => {
      const [west, east] = pair();
      const [westAddress = '', eastAddress = ''] = addresses();
      const { listener, port } = await east.listen(eastAddress);
      const client = await west.connect(eastAddress, port);
      const server = await listener.accept();
      await stream(client, server, 300_000);
      await stream(server, client, 1000);

      const out = { direction: 'outbound', peerAddress: eastAddress, port, established: 1 };
      const into = { direction: 'inbound', peerAddress: westAddress, port, established: 1 };
      expect(flowOf(west)).toMatchObject({ ...out, openNow: 1, attempts: 1, failures: 0 });
      expect(flowOf(west)).toMatchObject({ sent: { bytes: 300_000 }, received: { bytes: 1000 } });
      expect(flowOf(east)).toMatchObject({ ...into, openNow: 1, attempts: 0, failures: 0 });
      expect(flowOf(east)).toMatchObject({ sent: { bytes: 1000 }, received: { bytes: 300_000 } });

      await client.close();
      await server.receive(1);
      await server.close();
      await until(
        'both ends to close',
        () => flowOf(west)?.openNow === 0 && flowOf(east)?.openNow === 0,
      );
      expect(flowOf(west)).toMatchObject({ ...out, openNow: 0 });
      expect(flowOf(west)).toMatchObject({ sent: { bytes: 300_000 }, received: { bytes: 1000 } });
      expect(flowOf(east)).toMatchObject({ ...into, openNow: 0 });
      expect(flowOf(east)).toMatchObject({ sent: { bytes: 1000 }, received: { bytes: 300_000 } });
      const { segments } = flowOf(west)?.sent ?? { segments: 0 };
      expect(flowOf(east)?.received.segments).toBe(segments);
      expect(flowOf(west)?.connectSeconds).toBeGreaterThan(0);
      expect(flowOf(west)?.rttSeconds).toBeGreaterThan(0);
    });

    test('connections to the same port of a peer are one flow, another port is another flow', async () => {
      const [west, east] = pair();
      const [, eastAddress = ''] = addresses();
      const first = await east.listen(eastAddress);
      const second = await east.listen(eastAddress);
      for (const { listener, port } of [first, first, first, second]) {
        await west.connect(eastAddress, port);
        await listener.accept();
      }
      const flows = flowsOf(west).sort((a, b) => b.openNow - a.openNow);
      expect(flows.map(({ port, openNow }) => [port, openNow])).toEqual([
        [first.port, 3],
        [second.port, 1],
      ]);
      expect(flowsOf(east)).toHaveLength(2);
    });

    test('a refused connection is an attempt and a failure', async () => {
      const [west] = pair();
      const [, eastAddress = ''] = addresses();
      await expect(west.connect(eastAddress, 9)).rejects.toThrow('ECONNREFUSED');
      expect(flowOf(west)).toMatchObject({ port: 9, attempts: 1, failures: 1, established: 0 });
      expect(flowOf(west)).toMatchObject({
        openNow: 0,
        sent: { bytes: 0 },
        received: { bytes: 0 },
      });
    });

    test('a reset connection has ended', async () => {
      const [west, east] = pair();
      const { client, server } = await connection(west, east, addresses()[1] ?? '');
      await stream(server, client, 500);
      await server.option(OPTIONS.linger, 0);
      await server.close();
      await until('the reset to arrive', () => flowOf(west)?.openNow === 0);
      expect(flowOf(west)).toMatchObject({ established: 1, received: { bytes: 500 } });
      expect(flowOf(east)).toMatchObject({ openNow: 0, established: 1, sent: { bytes: 500 } });
    });
  });

  test('a nonexistent peer is an attempt at once, and a failure after the timeout', async () => {
    const [west] = pair();
    const nobody = stage.network.east.addresses[4].replace(/\d+$/, '77');
    const socket = await west.socket('tcp', 4);
    const connecting = expect(socket.connect(nobody, 80)).rejects.toThrow('EHOSTUNREACH');
    await until('the attempt', () => flowsOf(west).length === 1);
    expect(flowOf(west)).toMatchObject({ peerAddress: nobody, port: 80, attempts: 1, failures: 0 });
    expect(flowOf(west)).toMatchObject({ openNow: 0, established: 0 });
    await connecting;
    expect(flowOf(west)).toMatchObject({ attempts: 1, failures: 1, openNow: 0 });
  });

  test('a connection stays with the cgroup that created its socket, even if it is passed on', async () => {
    const [west, east] = pair();
    const other = stage.peer('west');
    const { client, server } = await connection(west, east, stage.network.east.addresses[4]);
    const passed = await other.adopt(west, client);
    await client.close();
    await stream(passed, server, 700);
    expect(flowOf(west)).toMatchObject({ openNow: 1, sent: { bytes: 700 } });
    expect(flowsOf(other)).toEqual([]);
  });

  test('an IPv4 client of an IPv6 socket is an IPv4 peer', async () => {
    const [west, east] = pair();
    const { listener, port } = await east.listen('::');
    await west.connect(stage.network.east.addresses[4], port);
    await listener.accept();
    expect(flowOf(east)?.peerAddress).toBe(stage.network.west.addresses[4]);
  });

  test('no flow of these tests was lost', () => {
    expect(Object.keys(stage.scene.lost()).filter((what) => what.startsWith('flow.'))).toEqual([]);
  });
});

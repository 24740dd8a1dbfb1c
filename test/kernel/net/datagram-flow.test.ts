import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  datagramFlows,
  NO_CONNECTION,
  NO_DATAGRAM,
  serve,
} from '../../../lab/network/datagrams.ts';
import { OPTIONS, type Peer } from '../../../lab/network/peer.ts';
import {
  datagramPair,
  FAMILIES,
  NOTHING,
  openStage,
  type Stage,
  sendDatagrams,
} from '../../../lab/scene/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const pair = () => [stage.peer('west'), stage.peer('east')] as const;
const flowsOf = (peer: Peer) => datagramFlows(stage, peer);

describe.each(FAMILIES)('over IPv%i', (family) => {
  const westAddress = () => stage.network.west.addresses[family];
  const eastAddress = () => stage.network.east.addresses[family];

  test('both ends show their peer, the service port, payload and datagrams', async () => {
    const [west, east] = pair();
    const { socket: server, port } = await serve(east, eastAddress());
    for (let i = 0; i < 3; i++) {
      const sender = await west.socket('udp', family);
      await sender.connect(eastAddress(), port);
      await sendDatagrams({ sender, receiver: server }, { count: 100, size: 1000 });
      await sender.send(1, 1);
      expect(await server.answer(700)).toBe(1);
      await sender.receive(700);
    }
    const sent = { bytes: 300_003, segments: 303 };
    const answered = { bytes: 2100, segments: 3 };
    const both = { ...NO_CONNECTION, protocol: 'udp', port };
    expect(flowsOf(west)).toMatchObject([
      {
        ...both,
        direction: 'outbound',
        peerAddress: eastAddress(),
        localAddress: westAddress(),
        sent,
        received: answered,
      },
    ]);
    expect(flowsOf(east)).toMatchObject([
      {
        ...both,
        direction: 'inbound',
        peerAddress: westAddress(),
        localAddress: eastAddress(),
        sent: answered,
        received: sent,
      },
    ]);
  });

  test('if neither port is a service port, the first sender is the client', async () => {
    const [west, east] = pair();
    const { sender, receiver } = await datagramPair(west, east, eastAddress());
    await sender.send(10, 10);
    await receiver.answer(20);
    await sender.receive(20);
    const [out] = flowsOf(west);
    const [ten, twenty] = [10, 20].map((bytes) => ({ bytes, segments: 1 }));
    const into = { direction: 'inbound', peerAddress: westAddress(), port: out?.port };
    expect(flowsOf(west)).toMatchObject([{ direction: 'outbound', sent: ten, received: twenty }]);
    expect(flowsOf(east)).toMatchObject([{ ...into, sent: twenty, received: ten }]);
  });

  test('a super-packet (GSO, GRO) counts as the datagrams it becomes', async () => {
    const [west, east] = pair();
    const { sender, receiver } = await datagramPair(west, east, eastAddress());
    await sender.option(OPTIONS.udpSegment, 1000);
    await sender.send(10_500, 10_500);
    await receiver.receive(10_500);
    expect(flowsOf(west)).toMatchObject([{ sent: { bytes: 10_500, segments: 11 } }]);
    expect(flowsOf(east)).toMatchObject([{ received: { bytes: 10_500, segments: 11 } }]);
    await receiver.option(OPTIONS.udpGro, 1);
    await sender.send(50_000, 50_000);
    await receiver.receive(50_000);
    expect(flowsOf(west)).toMatchObject([{ sent: { bytes: 60_500, segments: 61 } }]);
    expect(flowsOf(east)).toMatchObject([{ received: { bytes: 60_500, segments: 61 } }]);
  });

  test('a datagram larger than the MTU is one, with all of its payload', async () => {
    const [west, east] = pair();
    const datagrams = await datagramPair(west, east, eastAddress());
    await sendDatagrams(datagrams, { count: 10, size: 8000 });
    expect(flowsOf(west)).toMatchObject([{ sent: { bytes: 80_000, segments: 10 } }]);
    expect(flowsOf(east)).toMatchObject([{ received: { bytes: 80_000, segments: 10 } }]);
  });

  test('options of the network header are not payload', async () => {
    const [west, east] = pair();
    const { socket: receiver, port } = await serve(east, eastAddress());
    const sender = await west.socket('udp', family);
    await sender.lengthen(family);
    for (let i = 0; i < 5; i++) await sender.sendTo(eastAddress(), port, 100);
    await receiver.receive(500);
    const figures = { bytes: 500, segments: 5 };
    expect(flowsOf(west)).toMatchObject([{ peerAddress: eastAddress(), port, sent: figures }]);
    expect(flowsOf(east)).toMatchObject([{ peerAddress: westAddress(), port, received: figures }]);
  });

  test('datagrams without payload are counted too', async () => {
    const [west, east] = pair();
    const { socket: receiver, port } = await serve(east, eastAddress());
    const sender = await west.socket('udp', family);
    for (let i = 0; i < 3; i++) {
      await sender.sendTo(eastAddress(), port, 0);
      expect(await receiver.receive(1)).toBe(0);
    }
    const empty = { bytes: 0, segments: 3 };
    expect(flowsOf(west)).toMatchObject([{ port, sent: empty, received: NO_DATAGRAM }]);
    expect(flowsOf(east)).toMatchObject([{ port, sent: NO_DATAGRAM, received: empty }]);
  });

  test.each([0, 53])('ICMP has no port, even on a socket with port %i', async (port) => {
    const [west] = pair();
    const socket = await west.socket('ping', family);
    await socket.connect(eastAddress(), port);
    for (let i = 0; i < 10; i++) {
      await socket.ping(family, 508);
      await socket.receive(508);
    }
    const figures = { bytes: 10 * 508, segments: 10 };
    const flow = { protocol: 'other', direction: 'outbound', peerAddress: eastAddress(), port: 0 };
    expect(flowsOf(west)).toMatchObject([{ ...flow, sent: figures, received: figures }]);
  });

  test('local traffic is a flow as well, although its packets are kept separate', async () => {
    const [west] = pair();
    const loopback = family === 4 ? '127.0.0.1' : '::1';
    const { socket: receiver, port } = await serve(west, loopback);
    const sender = await west.socket('udp', family);
    await sender.connect(loopback, port);
    await sendDatagrams({ sender, receiver }, { count: 100, size: 1000 });
    await sender.send(1, 1);
    await receiver.answer(50);
    await sender.receive(50);
    const both = { peerAddress: loopback, port, protocol: 'udp' };
    const sent = { bytes: 100_001, segments: 101 };
    const answered = { bytes: 50, segments: 1 };
    expect(flowsOf(west).sort((a) => (a.direction === 'outbound' ? -1 : 1))).toMatchObject([
      { ...both, direction: 'outbound', sent, received: answered },
      { ...both, direction: 'inbound', sent: answered, received: sent },
    ]);
    const { transmit, receive } = stage.scene.usageOf(west.cgroup).network;
    expect([...transmit, ...receive]).toEqual(Array(6).fill(NOTHING));
  });
});

test('none of these datagrams was lost to its flow', () => {
  const lost = Object.keys(stage.scene.lost());
  expect(lost.filter((what) => /^(flow|network)\./.test(what))).toEqual([]);
});

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPTIONS, type Peer } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import {
  connection,
  datagramPair,
  datagrams,
  difference,
  FAMILIES,
  IP_HEADER_BYTES,
  NOTHING,
  openStage,
  type Stage,
  sendDatagrams,
  stream,
  TCP_HEADER_BYTES,
  traffic,
} from '../../../lab/scene/stage.ts';

const MEGABYTE = 1_000_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const rowOf = (peer: Peer) => stage.scene.usageOf(peer.cgroup);
const pair = () => [stage.peer('west'), stage.peer('east')] as const;

/** Counters of the interface and of both rows, while no acknowledgment is in flight. */
function readAtRest(west: Peer, east: Peer) {
  return until('nothing is on its way', () => {
    const wire = stage.network.west.counted();
    const rows = { west: rowOf(west), east: rowOf(east) };
    return isDeepStrictEqual(stage.network.west.counted(), wire) ? { wire, rows } : undefined;
  });
}

describe.each(FAMILIES)('IPv%i', (family) => {
  const eastAddress = () => stage.network.east.addresses[family];

  test.each([1, 100, 1400])('UDP of %i bytes is counted exactly', async (size) => {
    const [west, east] = pair();
    const datagram = await datagramPair(west, east, eastAddress());
    await sendDatagrams(datagram, { count: 500, size });
    const onWire = datagrams(family, 500, size);
    expect(traffic(rowOf(west), 'transmit', 'udp')).toEqual(onWire);
    expect(traffic(rowOf(east), 'receive', 'udp')).toEqual(onWire);
    expect(rowOf(west).network.receive).toEqual([NOTHING, NOTHING, NOTHING]);
    expect(rowOf(east).network.transmit).toEqual([NOTHING, NOTHING, NOTHING]);
  });

  test('TCP equals the counters of both interfaces, including super-packets and acknowledgments', async () => {
    const [west, east] = pair();
    const before = stage.network.west.counted();
    const { client, server } = await connection(west, east, eastAddress());
    await stream(client, server, 8 * MEGABYTE);
    await stream(server, client, 2 * MEGABYTE);
    const { wire, rows } = await readAtRest(west, east);
    const sent = difference(wire.transmit, before.transmit);
    const received = difference(wire.receive, before.receive);
    expect(traffic(rows.west, 'transmit', 'tcp')).toEqual(sent);
    expect(traffic(rows.west, 'receive', 'tcp')).toEqual(received);
    expect(traffic(rows.east, 'receive', 'tcp')).toEqual(sent);
    expect(traffic(rows.east, 'transmit', 'tcp')).toEqual(received);
    expect(sent.bytes).toBeGreaterThan(8 * MEGABYTE);
  });

  test('options of the network header are part of every segment', async () => {
    const [west, east] = pair();
    const { client, server } = await connection(west, east, eastAddress());
    await client.lengthen(family);
    const before = await readAtRest(west, east);
    await stream(client, server, MEGABYTE);
    const after = await readAtRest(west, east);
    const sent = difference(after.wire.transmit, before.wire.transmit);
    const mine = ({ rows }: typeof after) => traffic(rows.west, 'transmit', 'tcp');
    expect(difference(mine(after), mine(before))).toEqual(sent);
    const headerBytes = IP_HEADER_BYTES[family] + TCP_HEADER_BYTES + 8;
    expect(sent.bytes).toBe(MEGABYTE + sent.packets * headerBytes);
  });

  test('a UDP super-packet (GSO) is counted as the datagrams it becomes', async () => {
    const [west, east] = pair();
    const { sender, receiver } = await datagramPair(west, east, eastAddress());
    await sender.option(OPTIONS.udpSegment, 1000);
    const before = stage.network.west.counted().transmit;
    await sender.send(10_500, 10_500);
    await receiver.receive(10_500);
    const headerBytes = 8 + IP_HEADER_BYTES[family];
    const onWire = { packets: 11, bytes: 10_500 + 11 * headerBytes };
    expect(traffic(rowOf(west), 'transmit', 'udp')).toEqual(onWire);
    expect(traffic(rowOf(east), 'receive', 'udp')).toEqual(onWire);
    expect(difference(stage.network.west.counted().transmit, before)).toEqual(onWire);
  });

  test('and so is a received one (GRO)', async () => {
    const [west, east] = pair();
    const { sender, receiver } = await datagramPair(west, east, eastAddress());
    await sender.option(OPTIONS.udpSegment, 1000);
    await receiver.option(OPTIONS.udpGro, 1);
    await sender.send(50_000, 50_000);
    await receiver.receive(50_000);
    expect(traffic(rowOf(east), 'receive', 'udp')).toEqual(datagrams(family, 50, 1000));
  });

  test('a datagram larger than the MTU is one packet, as before fragmentation', async () => {
    const [west, east] = pair();
    await sendDatagrams(await datagramPair(west, east, eastAddress()), { count: 100, size: 8000 });
    expect(traffic(rowOf(west), 'transmit', 'udp')).toEqual(datagrams(family, 100, 8000));
    expect(traffic(rowOf(east), 'receive', 'udp')).toEqual(datagrams(family, 100, 8000));
  });

  test('ICMP is counted as other, in both directions', async () => {
    const [west] = pair();
    const socket = await west.socket('ping', family);
    await socket.connect(eastAddress());
    for (let i = 0; i < 10; i++) {
      await socket.ping(family, 508);
      await socket.receive(508);
    }
    const onWire = { packets: 10, bytes: 10 * (508 + IP_HEADER_BYTES[family]) };
    expect(rowOf(west).network.transmit).toEqual([NOTHING, NOTHING, onWire]);
    expect(rowOf(west).network.receive).toEqual([NOTHING, NOTHING, onWire]);
  });

  test('another protocol on a raw socket is counted as other', async () => {
    const [west, east] = pair();
    const receiver = await east.socket('raw', family);
    const sender = await west.socket('raw', family);
    await sender.connect(eastAddress());
    await sender.send(20_000, 1000);
    // An IPv4 raw socket receives the header as well.
    await receiver.receive(20_000 + (family === 4 ? 20 * 20 : 0));
    const onWire = { packets: 20, bytes: 20 * (1000 + IP_HEADER_BYTES[family]) };
    expect(traffic(rowOf(west), 'transmit', 'other')).toEqual(onWire);
    expect(traffic(rowOf(east), 'receive', 'other')).toEqual(onWire);
  });

  test('multicast is one packet for its sender and one for each receiver', async () => {
    const [west, east] = pair();
    const other = stage.peer('east');
    const group = family === 4 ? '239.1.2.3' : 'ff05::1234';
    const listeners = await Promise.all(
      [east, other].map(async (peer) => {
        const socket = await peer.socket('udp', family);
        await socket.option(OPTIONS.reuseAddress, 1);
        await socket.bind(group, 7777);
        await socket.join(group, stage.network.east.interfaceIndex);
        return socket;
      }),
    );
    const sender = await west.socket('udp', family);
    await sender.connect(group, 7777);
    await sender.send(10_000, 1000);
    for (const listener of listeners) await listener.receive(10_000);
    expect(traffic(rowOf(west), 'transmit', 'udp')).toEqual(datagrams(family, 10, 1000));
    for (const peer of [east, other])
      expect(traffic(rowOf(peer), 'receive', 'udp')).toEqual(datagrams(family, 10, 1000));
  });

  test.each(['the loopback address', 'an address of its own'])(
    'packets to %s are kept apart',
    async (to) => {
      const [west] = pair();
      const loopback = family === 4 ? '127.0.0.1' : '::1';
      const own = stage.network.west.addresses[family];
      const before = stage.scene.reserved('loopback');
      const address = to === 'the loopback address' ? loopback : own;
      await sendDatagrams(await datagramPair(west, west, address), { count: 100, size: 1000 });
      const after = stage.scene.reserved('loopback');
      for (const direction of ['transmit', 'receive'] as const) {
        const counted = traffic(after, direction, 'udp');
        expect(difference(counted, traffic(before, direction, 'udp'))).toEqual(
          datagrams(family, 100, 1000),
        );
        expect(rowOf(west).network[direction]).toEqual([NOTHING, NOTHING, NOTHING]);
      }
    },
  );
});

test('no packet of these tests was lost', () => {
  const { lost } = stage.scene;
  expect(Object.keys(lost()).filter((what) => what.startsWith('network.'))).toEqual([]);
});

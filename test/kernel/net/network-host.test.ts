import { expect, test } from 'vitest';
import {
  connection,
  datagramPair,
  datagrams,
  difference,
  FAMILIES,
  IP_HEADER_BYTES,
  OPENING_OPTION_BYTES,
  openStage,
  sendDatagrams,
  stream,
  TCP_HEADER_BYTES,
  traffic,
} from '../../../lab/scene/stage.ts';

const BYTES = 8_000_000;

test('a program in the root network namespace is charged like any other', async () => {
  await using stage = await openStage({ westIsHost: true });
  const { scene, network } = stage;
  for (const family of FAMILIES) {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const address = network.east.addresses[family];
    await sendDatagrams(await datagramPair(west, east, address), { count: 300, size: 1200 });
    const sent = datagrams(family, 300, 1200);
    expect(traffic(scene.usageOf(west.cgroup), 'transmit', 'udp')).toEqual(sent);
    expect(traffic(scene.usageOf(east.cgroup), 'receive', 'udp')).toEqual(sent);

    const before = network.west.counted();
    const { client, server } = await connection(west, east, address);
    await stream(client, server, BYTES);
    const transmit = traffic(scene.usageOf(west.cgroup), 'transmit', 'tcp');
    const counted = difference(network.west.counted().transmit, before.transmit);
    // The host's own neighbor discovery uses that interface too.
    expect(Math.abs(transmit.bytes / counted.bytes - 1)).toBeLessThan(0.001);
    expect(Math.abs(transmit.packets - counted.packets)).toBeLessThan(10);
    expect(transmit).toEqual(traffic(scene.usageOf(east.cgroup), 'receive', 'tcp'));
  }
});

test('super-packets on the interface are counted as their segments', async () => {
  await using stage = await openStage({ offload: true });
  const { scene, network } = stage;
  for (const family of FAMILIES) {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const before = network.west.counted();
    const { client, server } = await connection(west, east, network.east.addresses[family]);
    await stream(client, server, BYTES);
    const segments = await client.info('segments_sent');
    const headerBytes = IP_HEADER_BYTES[family] + TCP_HEADER_BYTES;
    const onWire = {
      packets: segments,
      bytes: (await client.info('bytes_sent')) + segments * headerBytes + OPENING_OPTION_BYTES,
    };
    expect(traffic(scene.usageOf(west.cgroup), 'transmit', 'tcp')).toEqual(onWire);
    expect(traffic(scene.usageOf(east.cgroup), 'receive', 'tcp')).toEqual(onWire);
    const counted = difference(network.west.counted().transmit, before.transmit);
    expect(counted.packets).toBeLessThan(segments / 2);
    const perSegment = 1500 - headerBytes;
    expect(segments).toBeGreaterThanOrEqual(Math.ceil(BYTES / perSegment));
  }
});

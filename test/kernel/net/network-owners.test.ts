import { rmdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Peer } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import { memoryFor } from '../../../lab/scene/scene.ts';
import {
  connection,
  datagramPair,
  datagrams,
  difference,
  FAMILIES,
  NOTHING,
  openStage,
  type Stage,
  sendDatagrams,
  stream,
  traffic,
} from '../../../lab/scene/stage.ts';
import type { UsageRow } from '../../../src/kernel/tables/wire.gen.ts';

/** Almost the minimum of rows, so that a freed one is soon reused. */
const SLOTS = 300;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ retentionMs: 1, mapMemoryBytes: await memoryFor(SLOTS) });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const east4 = () => stage.network.east.addresses[4];
const rowOf = (peer: Peer) => stage.scene.usageOf(peer.cgroup);
const sentBy = (row: UsageRow) => traffic(row, 'transmit', 'udp');

test('all sockets of a cgroup sum up to its row', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  let bytes = 0;
  for (const family of FAMILIES) {
    for (const count of [10, 20, 30]) {
      const pair = await datagramPair(west, east, stage.network.east.addresses[family]);
      await sendDatagrams(pair, { count, size: 100 });
      bytes += datagrams(family, count, 100).bytes;
    }
  }
  expect(sentBy(rowOf(west))).toEqual({ packets: 120, bytes });
  expect(traffic(rowOf(east), 'receive', 'udp')).toEqual({ packets: 120, bytes });
});

test('a connection between two cgroups is charged to both, each from its own side', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { client, server } = await connection(west, east, east4());
  await stream(client, server, 100_000);
  await stream(server, client, 300_000);
  const [one, other] = [rowOf(west), rowOf(east)];
  expect(traffic(one, 'transmit', 'tcp').bytes).toBeGreaterThan(100_000);
  expect(traffic(one, 'receive', 'tcp').bytes).toBeGreaterThan(300_000);
  expect(one.network.transmit).toEqual(other.network.receive);
  expect(one.network.receive).toEqual(other.network.transmit);
});

test('a socket stays charged to the cgroup of its creator', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, east4());
  const elsewhere = stage.scene.makeCgroup('elsewhere');
  await west.enter(elsewhere);
  await sendDatagrams(pair, { count: 20, size: 100 });
  expect(sentBy(rowOf(west))).toEqual(datagrams(4, 20, 100));
  expect(sentBy(stage.scene.usageOf(elsewhere))).toEqual(NOTHING);
});

test('and so does one passed to a process of another cgroup', async () => {
  const [west, taker, east] = [stage.peer('west'), stage.peer('west'), stage.peer('east')];
  const { sender, receiver } = await datagramPair(west, east, east4());
  const passed = await taker.adopt(west, sender);
  await sender.close();
  await sendDatagrams({ sender: passed, receiver }, { count: 20, size: 100 });
  expect(sentBy(rowOf(west))).toEqual(datagrams(4, 20, 100));
  expect(rowOf(taker).network.transmit).toEqual([NOTHING, NOTHING, NOTHING]);
});

test('an accepted connection is charged to the cgroup of its listener', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const { listener, port } = await east.listen(east4());
  const elsewhere = stage.scene.makeCgroup('acceptor');
  await east.enter(elsewhere);
  const client = await west.connect(east4(), port);
  await stream(client, await listener.accept(), 100_000);
  expect(traffic(rowOf(east), 'receive', 'tcp').bytes).toBeGreaterThan(100_000);
  expect(rowOf(east).tcp.accepts).toBe(1);
  expect(stage.scene.usageOf(elsewhere).network.receive).toEqual([NOTHING, NOTHING, NOTHING]);
  expect(stage.scene.usageOf(elsewhere).tcp.accepts).toBe(0);
});

test('a socket that outlives its cgroup is charged to the rest, never to the row’s next owner', async () => {
  const { scene } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, east4());
  await sendDatagrams(pair, { count: 5, size: 100 });
  const { slot, cgroupId } = rowOf(west);
  await west.enter(scene.makeCgroup('survivor'));
  rmdirSync(west.cgroup);
  await sendDatagrams(pair, { count: 5, size: 100 });
  const retired = sentBy(scene.reserved('retired'));
  await until('the row to be reaped', () => {
    scene.reap();
    return !scene.usage().some((row) => row.cgroupId === cgroupId);
  });
  expect(difference(sentBy(scene.reserved('retired')), retired)).toEqual(datagrams(4, 10, 100));

  const rest = sentBy(scene.reserved('rest'));
  const late = scene.lost()['usage.late'] ?? 0;
  await sendDatagrams(pair, { count: 5, size: 100 });
  const heir = await until('the slot to be given away', () => {
    const cgroup = scene.makeCgroup(`heir-${Math.random()}`);
    return scene.usage().find((row) => row.slot === slot && row.cgroupId === statSync(cgroup).ino);
  });
  await sendDatagrams(pair, { count: 5, size: 100 });
  const row = scene.usage().find(({ cgroupId }) => cgroupId === heir.cgroupId);
  expect(row?.network.transmit).toEqual([NOTHING, NOTHING, NOTHING]);
  expect(difference(sentBy(scene.reserved('rest')), rest)).toEqual(datagrams(4, 10, 100));
  expect(scene.lost()['usage.late']).toBe(late + 10);
});

import { rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../../../lab/network/datagrams.ts';
import { type Network, openNetwork } from '../../../lab/network/network.ts';
import { OPTIONS, Peer } from '../../../lab/network/peer.ts';
import { compiled, runInside, startInside, until } from '../../../lab/process/process.ts';
import { memoryFor, openScene, type Scene } from '../../../lab/scene/scene.ts';
import {
  datagramPair,
  datagrams,
  difference,
  FAMILIES,
  NOTHING,
  openStage,
  type Stage,
  sendDatagrams,
  traffic,
} from '../../../lab/scene/stage.ts';
import type { Traffic } from '../../../src/core/usage/usage.ts';

/** Added to the network header by `lengthen`: options, or an extension. */
const OPTION_BYTES = 8;

function together(...parts: readonly Traffic[]): Traffic {
  return {
    packets: parts.reduce((sum, { packets }) => sum + packets, 0),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Sent UDP of all rows. Must never change on its own. */
function sentByAll(scene: Scene): Traffic {
  return together(...scene.usage().map((row) => traffic(row, 'transmit', 'udp')));
}

const sentBy = (scene: Scene, { cgroup }: Peer) =>
  traffic(scene.usageOf(cgroup), 'transmit', 'udp');
const receivedBy = (scene: Scene, { cgroup }: Peer) =>
  traffic(scene.usageOf(cgroup), 'receive', 'udp');

describe.each(FAMILIES)(
  'a cgroup’s usage includes bytes sent by its sockets over IPv%i',
  (family) => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await openStage();
    });
    afterAll(() => stage?.[Symbol.asyncDispose]());
    const eastAddress = () => stage.network.east.addresses[family];

    test('that are connected, in pieces and in super-packets, with and without options', async () => {
      const { scene } = stage;
      const [west, east] = [stage.peer('west'), stage.peer('east')];
      const pair = await datagramPair(west, east, eastAddress());
      const { sender, receiver } = pair;
      const expectUsed = (...parts: readonly Traffic[]) => {
        expect(sentBy(scene, west)).toEqual(together(...parts));
        expect(receivedBy(scene, east)).toEqual(together(...parts));
      };
      await sendDatagrams(pair, { count: 100, size: 100 });
      const plain = datagrams(family, 100, 100);
      expectUsed(plain);

      await sender.option(OPTIONS.udpSegment, 1000);
      await sender.send(10_000, 10_000);
      await receiver.receive(10_000);
      const large = datagrams(family, 10, 1000);
      expectUsed(plain, large);

      await sender.option(OPTIONS.udpSegment, 0);
      await sender.lengthen(family);
      await sendDatagrams(pair, { count: 100, size: 100 });
      expectUsed(plain, large, datagrams(family, 100, 100 + OPTION_BYTES));
      const sent = { segments: 210, bytes: 30_000 };
      expect(scene.flowsOf(west.cgroup)).toMatchObject([{ sent }]);
      expect(scene.flowsOf(east.cgroup)).toMatchObject([{ received: sent }]);
    });

    test('to one peer, local and remote: local traffic is kept separate', async () => {
      const { scene, network } = stage;
      const [west, east] = [stage.peer('west'), stage.peer('east')];
      await using near = new Peer(west.cgroup, network.east.netns);
      const { socket: server, address, port } = await serve(east, eastAddress());
      const before = scene.reserved('loopback');
      for (const [client, size] of [
        [west, 100],
        [near, 7],
      ] as const) {
        const sender = await client.socket('udp', family);
        await sender.connect(address, port);
        await sendDatagrams({ sender, receiver: server }, { count: 20, size });
      }
      const after = scene.reserved('loopback');
      for (const direction of ['transmit', 'receive'] as const) {
        const looped = difference(
          traffic(after, direction, 'udp'),
          traffic(before, direction, 'udp'),
        );
        expect(looped).toEqual(datagrams(family, 20, 7));
      }
      expect(sentBy(scene, west)).toEqual(datagrams(family, 20, 100));
      expect(receivedBy(scene, east)).toEqual(datagrams(family, 20, 100));
      expect(scene.flowsOf(west.cgroup)).toMatchObject([{ sent: { segments: 40, bytes: 2140 } }]);
    });

    test('that are connected, also if the peer becomes local', async () => {
      const { scene, network } = stage;
      const [west, east] = [stage.peer('west'), stage.peer('east')];
      const pair = await datagramPair(west, east, eastAddress());
      await sendDatagrams(pair, { count: 20, size: 100 });
      const before = traffic(scene.reserved('loopback'), 'transmit', 'udp');
      const own = `${eastAddress()}/${family === 4 ? 32 : 128} dev lo`;
      network.west.run(`ip address add ${own}${family === 4 ? '' : ' nodad'}`);
      try {
        await pair.sender.send(9, 9);
      } finally {
        network.west.run(`ip address delete ${own}`);
      }
      const after = traffic(scene.reserved('loopback'), 'transmit', 'udp');
      expect(difference(after, before)).toEqual(datagrams(family, 1, 9));
      expect(sentBy(scene, west)).toEqual(datagrams(family, 20, 100));
    });
  },
);

test.each([
  { family: 4, isRead: true, when: 'after it was read' },
  { family: 6, isRead: false, when: 'before it was read' },
] as const)('a cgroup that ends $when takes nothing with it', async ({ family, isRead }) => {
  await using stage = await openStage({ retentionMs: 1 });
  const { scene, network } = stage;
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const pair = await datagramPair(west, east, network.east.addresses[family]);
  await sendDatagrams(pair, { count: 20, size: 100 });
  const all = datagrams(family, 20, 100);
  if (isRead) expect(sentBy(scene, west)).toEqual(all);
  const id = statSync(west.cgroup).ino;
  await west[Symbol.asyncDispose]();
  rmdirSync(west.cgroup);
  await until('its figures to be those of nobody', () => {
    scene.reap();
    if (isRead) expect(sentByAll(scene)).toEqual(all);
    return [...scene.paths(), ...scene.flows()].every(({ cgroupId }) => cgroupId !== id);
  });
  expect(traffic(scene.reserved('retired'), 'transmit', 'udp')).toEqual(all);
  // The next owner of its row starts at zero.
  const heirs = Array.from({ length: 4 }, (_, i) => scene.makeCgroup(`heir-${i}`));
  for (const heir of heirs)
    expect(traffic(scene.usageOf(heir), 'transmit', 'udp')).toEqual(NOTHING);
  expect(sentByAll(scene)).toEqual(all);
});

// Two settling readers show an error only if one is preempted: in one run of four.
test('several readers at once count each datagram once', async () => {
  // Few rows, so that readers reach the same one at the same time.
  await using scene = await openScene({ mapMemoryBytes: await memoryFor(256) });
  await using network = await openNetwork();
  const settle = join(scene.options.bpffs, 'current/tables/settle');
  const endless = ['sh', '-c', 'while :; do read -r nothing <"$0"; done', settle];
  const cgroup = scene.makeCgroup('readers');
  await using stack = new AsyncDisposableStack();
  for (const cpu of ['0', '1', '0', '1'])
    stack.use(await startInside(cgroup, ['taskset', '-c', cpu, ...endless]));
  const packets = await barrage(scene, network, 300_000);
  await stack.disposeAsync();
  const sent = { packets, bytes: packets * 38 };
  expect(traffic(scene.reserved('loopback'), 'transmit', 'udp')).toEqual(sent);
});

/** Datagrams of 10 bytes from all CPUs, over the loopback device. Returns their number. */
async function barrage(scene: Scene, { west }: Network, count: number): Promise<number> {
  const program = [compiled('barrage'), String(count), '10', 'each'];
  const enter = ['nsenter', `--net=${west.netns}`];
  return count * Number(await runInside(scene.makeCgroup('barrage'), [...enter, ...program]));
}

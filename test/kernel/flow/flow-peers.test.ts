import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Peer } from '../../../lab/network/peer.ts';
import { connection, FAMILIES, openStage, stream } from '../../../lab/scene/stage.ts';

const nameOf = ({ cgroup }: Peer) => String(statSync(cgroup).ino);

test('matched ends name each other, in the root network namespace as in any other', async () => {
  await using stage = await openStage({ westIsHost: true });
  for (const family of FAMILIES) {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const { client, server } = await connection(west, east, stage.network.east.addresses[family]);
    await stream(client, server, 1000);
    expect(stage.scene.flowsOf(west.cgroup)).toMatchObject([
      {
        peerAddress: stage.network.east.addresses[family],
        localAddress: stage.network.west.addresses[family],
        peer: { pod: nameOf(east) },
        sent: { bytes: 1000 },
      },
    ]);
    expect(stage.scene.flowsOf(east.cgroup)).toMatchObject([{ peer: { pod: nameOf(west) } }]);
  }
});

test('a connection belongs to the cgroup that created its listener, whichever process accepts it', async () => {
  await using stage = await openStage();
  const [west, east, other] = [stage.peer('west'), stage.peer('east'), stage.peer('east')];
  const { listener, port } = await east.listen(stage.network.east.addresses[4]);
  const passed = await other.adopt(east, listener);
  await listener.close();
  const client = await west.connect(stage.network.east.addresses[4], port);
  const server = await passed.accept();
  await stream(client, server, 1000);
  expect(stage.scene.flowsOf(east.cgroup)).toMatchObject([
    {
      direction: 'inbound',
      port,
      openNow: 1,
      received: { bytes: 1000 },
      peer: { pod: nameOf(west) },
    },
  ]);
  expect(stage.scene.flowsOf(other.cgroup)).toEqual([]);
  expect(stage.scene.flowsOf(west.cgroup)).toMatchObject([{ peer: { pod: nameOf(east) } }]);
});

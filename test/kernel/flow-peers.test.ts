import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Peer } from '../support/peer.ts';
import { connection, FAMILIES, openStage, stream } from '../support/stage.ts';

const SERVICE = { address: '10.96.0.10', port: 80 };

/** As kube-proxy in nftables mode sends what is dialled to a Service on to one of its pods. */
const translation = (address: string, port: number) => `
  add table ip service
  add chain ip service out { type nat hook output priority -100; }
  add rule ip service out ip daddr ${SERVICE.address} tcp dport ${SERVICE.port} dnat to ${address}:${port}`;

const nameOf = ({ cgroup }: Peer) => String(statSync(cgroup).ino);

test('ends that meet name each other, in the root network namespace like in any other', async () => {
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

test('behind a Service the peer is what was dialled, and the ends do not meet', async () => {
  await using stage = await openStage();
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const eastAddress = stage.network.east.addresses[4];
  const { listener, port } = await east.listen(eastAddress);
  stage.network.west.run(`ip route add ${SERVICE.address} via ${eastAddress}`);
  stage.network.west.run('nft -f -', translation(eastAddress, port));
  const client = await west.connect(SERVICE.address, SERVICE.port);
  const server = await listener.accept();
  await stream(client, server, 1000);

  const [out] = stage.scene.flowsOf(west.cgroup);
  expect(out).toMatchObject({ peerAddress: SERVICE.address, port: SERVICE.port, openNow: 1 });
  expect(out).toMatchObject({ sent: { bytes: 1000 } });
  expect(out?.peer).toBeUndefined();
  const [into] = stage.scene.flowsOf(east.cgroup);
  expect(into).toMatchObject({ peerAddress: stage.network.west.addresses[4], port });
  expect(into).toMatchObject({ received: { bytes: 1000 } });
  expect(into?.peer).toBeUndefined();
});

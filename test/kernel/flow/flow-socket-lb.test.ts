import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Peer } from '../../../lab/network/peer.ts';
import { openSocketLb, type SocketLb } from '../../../lab/network/socket-lb.ts';
import { openStage, type Stage, stream } from '../../../lab/scene/stage.ts';

const SERVICES = {
  4: { address: '10.96.0.10', port: 80 },
  6: { address: 'fd00:10:96::10', port: 80 },
} as const;

const stack = new AsyncDisposableStack();
let stage: Stage;
let balancer: SocketLb;
beforeAll(async () => {
  stage = stack.use(await openStage());
  balancer = stack.use(await openSocketLb(stage.scene));
});
afterAll(() => stack.disposeAsync());

const nameOf = ({ cgroup }: Peer) => ({ pod: String(statSync(cgroup).ino) });

/** There is no route to the Service, so only a balanced connection arrives. */
test.each([
  ['an IPv4 Service', 4, SERVICES[4].address],
  ['an IPv6 Service', 6, SERVICES[6].address],
  ['an IPv4 Service dialled by an IPv6 socket', 4, `::ffff:${SERVICES[4].address}`],
] as const)(
  'where sockets are balanced, both ends of %s show each other and are named',
  async (_, family, dialled) => {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const address = stage.network.east.addresses[family];
    const { listener, port } = await east.listen(address);
    await balancer.add(SERVICES[family], { address, port });
    const client = await west.connect(dialled, SERVICES[family].port);
    const server = await listener.accept();
    await stream(client, server, 300_000);
    await stream(server, client, 1000);

    const ends = { client: stage.network.west.addresses[family], server: address };
    expect(stage.scene.flowsOf(west.cgroup)).toMatchObject([
      {
        direction: 'outbound',
        peerAddress: ends.server,
        localAddress: ends.client,
        port,
        peer: nameOf(east),
        established: 1,
        sent: { bytes: 300_000 },
        received: { bytes: 1000 },
      },
    ]);
    expect(stage.scene.flowsOf(east.cgroup)).toMatchObject([
      {
        direction: 'inbound',
        peerAddress: ends.client,
        localAddress: ends.server,
        port,
        peer: nameOf(west),
        established: 1,
        sent: { bytes: 1000 },
        received: { bytes: 300_000 },
      },
    ]);
  },
);

test('a Service whose backend changes is a flow to each backend', async () => {
  const [west, one, other] = [stage.peer('west'), stage.peer('east'), stage.peer('east')];
  const address = stage.network.east.addresses[4];
  for (const [east, bytes] of [
    [one, 2000],
    [other, 1000],
  ] as const) {
    const { listener, port } = await east.listen(address);
    await balancer.add(SERVICES[4], { address, port });
    const client = await west.connect(SERVICES[4].address, SERVICES[4].port);
    await stream(client, await listener.accept(), bytes);
  }
  expect(stage.scene.flowsOf(west.cgroup)).toMatchObject([
    { peerAddress: address, peer: nameOf(one), sent: { bytes: 2000 } },
    { peerAddress: address, peer: nameOf(other), sent: { bytes: 1000 } },
  ]);
});

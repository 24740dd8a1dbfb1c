import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, openService, type Service } from '../../../lab/kubernetes/kube-proxy.ts';
import type { NetworkPlace } from '../../../lab/network/node-network.ts';
import type { Peer, Socket } from '../../../lab/network/peer.ts';
import { until } from '../../../lab/process/process.ts';
import { type NodeStage, openNodeStage } from '../../../lab/scene/node-stage.ts';
import { FAMILIES, stream } from '../../../lab/scene/stage.ts';

const SERVICES = {
  4: { address: '10.96.0.10', port: 80 },
  6: { address: 'fd00:10:96::10', port: 80 },
} as const;
const REQUEST_BYTES = 300_000;
const ANSWERED = 1000;

let stage: NodeStage;
beforeAll(async () => {
  stage = await openNodeStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const flowsOf = ({ cgroup }: Peer) => stage.scene.flowsOf(cgroup);
const openOf = (...ends: Peer[]) => ends.flatMap(flowsOf).map(({ openNow }) => openNow);
/** The reached peer is the dialed one, as far as the socket's own network namespace knows. */
const nowhere = { reachedAddress: '', reachedPort: 0 };

const nameOf = ({ cgroup }: Peer) => ({ pod: String(statSync(cgroup).ino) });

async function talk(client: Socket, server: Socket): Promise<void> {
  await stream(client, server, REQUEST_BYTES);
  await stream(server, client, ANSWERED);
}

/** The client's row after this many exchanges, without names. */
const requesting = (times = 1) => ({
  direction: 'outbound',
  attempts: times,
  established: times,
  failures: 0,
  sent: { bytes: times * REQUEST_BYTES },
  received: { bytes: times * ANSWERED },
  peer: undefined,
});

/** The server's row. */
const answering = (times = 1) => ({
  direction: 'inbound',
  attempts: 0,
  established: times,
  failures: 0,
  sent: { bytes: times * ANSWERED },
  received: { bytes: times * REQUEST_BYTES },
  peer: undefined,
});

describe.each(FAMILIES)('over IPv%i', (family) => {
  const service = SERVICES[family];
  const dialled = { peerAddress: service.address, port: service.port };

  const serve = (endpoints: readonly Endpoint[], masquerade: Service['masquerade'] = 'nobody') =>
    openService(stage.network.node, { ...service, endpoints, masquerade });

  /** A listener at a place, and its address. */
  const listen = async (peer: Peer, place: NetworkPlace) => {
    const address = place.addresses[family];
    const { listener, port } = await peer.listen(address);
    return { listener, endpoint: { address, port } };
  };

  test.each([
    ['a pod', 'nobody', 'its own'],
    ['a pod', 'outsiders', 'its own'],
    ['a pod', 'all', "the bridge's"],
    ['a program of the node', 'nobody', 'its own'],
    ['a program of the node', 'outsiders', "the bridge's"],
  ] as const)(
    '%s shows the Service that it dialled; where masquerading is for %s, it is seen at %s address',
    async (who, masquerade, whose) => {
      const from = who === 'a pod' ? stage.network.pods[0] : stage.network.node;
      const to = stage.network.pods[1];
      const [west, east] = [stage.peer(from), stage.peer(to)];
      const { listener, endpoint } = await listen(east, to);
      using _service = serve([endpoint], masquerade);
      const client = await west.connect(service.address, service.port);
      const server = await listener.accept();
      await talk(client, server);

      const own = from.addresses[family];
      // A pod in its own network namespace does not know the further path of its packets.
      const { address: localAddress, port } = endpoint;
      const reached =
        who === 'a pod' ? nowhere : { reachedAddress: localAddress, reachedPort: port };
      const meets = who !== 'a pod' && whose === 'its own';
      const named = (peer: Peer) => (meets ? nameOf(peer) : undefined);
      const out = { ...requesting(), ...dialled, localAddress: own, ...reached, peer: named(east) };
      const seen = { peerAddress: whose === 'its own' ? own : stage.network.bridge[family] };
      const into = { ...answering(), ...seen, localAddress, port, peer: named(west) };
      expect(flowsOf(west)).toMatchObject([{ ...out, openNow: 1 }]);
      expect(flowsOf(east)).toMatchObject([{ ...into, openNow: 1 }]);

      await client.close();
      await server.receive(1);
      await server.close();
      await until('both ends to close', () => openOf(west, east).every((open) => open === 0));
      expect(flowsOf(west)).toMatchObject([{ ...out, openNow: 0 }]);
      expect(flowsOf(east)).toMatchObject([{ ...into, openNow: 0 }]);
    },
  );

  test('a pod that dials itself through its Service has a flow to the Service and one from the node', async () => {
    const [pod] = stage.network.pods;
    const peer = stage.peer(pod);
    const { listener, endpoint } = await listen(peer, pod);
    using _service = serve([endpoint]);
    const client = await peer.connect(service.address, service.port);
    const server = await listener.accept();
    // One program does both in turn, so at most what the sockets hold.
    await stream(client, server, ANSWERED);
    const out = { direction: 'outbound', peer: undefined, ...dialled };
    const into = { direction: 'inbound', peer: undefined, port: endpoint.port };
    expect(flowsOf(peer).sort((a, b) => b.sent.bytes - a.sent.bytes)).toMatchObject([
      { ...out, sent: { bytes: ANSWERED } },
      { ...into, peerAddress: stage.network.bridge[family], received: { bytes: ANSWERED } },
    ]);
  });

  test('the flow to a Service equals the sum of the flows of all pods behind it', async () => {
    const [from, ...behind] = stage.network.pods;
    const west = stage.peer(from);
    const servers = await Promise.all(
      behind.map(async (place) => {
        const east = stage.peer(place);
        return { east, ...(await listen(east, place)) };
      }),
    );
    using _service = serve(servers.map(({ endpoint }) => endpoint));
    for (const { listener } of [...servers, ...servers, ...servers]) {
      const client = await west.connect(service.address, service.port);
      await talk(client, await listener.accept());
    }
    expect(flowsOf(west)).toMatchObject([{ ...requesting(6), ...dialled }]);
    const peerAddress = from.addresses[family];
    for (const { east, endpoint } of servers)
      expect(flowsOf(east)).toMatchObject([
        { ...answering(3), peerAddress, localAddress: endpoint.address, port: endpoint.port },
      ]);
  });

  test('a pod’s connections through its Service and to its address arrive as one flow', async () => {
    const [from, to] = stage.network.pods;
    const [west, east] = [stage.peer(from), stage.peer(to)];
    const { listener, endpoint } = await listen(east, to);
    using _service = serve([endpoint]);
    for (const { address, port } of [service, endpoint]) {
      const client = await west.connect(address, port);
      await talk(client, await listener.accept());
    }
    const direct = { peerAddress: endpoint.address, port: endpoint.port, peer: nameOf(east) };
    expect(flowsOf(west).sort((a, b) => a.port - b.port)).toMatchObject([
      { ...requesting(), ...dialled },
      { ...requesting(), ...direct },
    ]);
    expect(flowsOf(east)).toMatchObject([{ ...answering(2), peer: undefined }]);
  });

  test('a Service whose pod refuses is an attempt and a failure', async () => {
    const [from, to] = stage.network.pods;
    const west = stage.peer(from);
    using _service = serve([{ address: to.addresses[family], port: 9 }]);
    await expect(west.connect(service.address, service.port)).rejects.toThrow('ECONNREFUSED');
    const counts = { attempts: 1, failures: 1, established: 0, openNow: 0 };
    expect(flowsOf(west)).toMatchObject([{ ...dialled, ...counts, peer: undefined }]);
  });
});

test('no flow of these tests was lost', () => {
  expect(Object.keys(stage.scene.lost()).filter((what) => what.startsWith('flow.'))).toEqual([]);
});

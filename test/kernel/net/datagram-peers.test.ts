import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  datagramFlows,
  eastAddresses,
  freshPort,
  NO_CONNECTION,
  type Service,
  serve,
} from '../../../lab/network/datagrams.ts';
import type { Peer, Socket } from '../../../lab/network/peer.ts';
import { FAMILIES, openStage, type Stage, sendDatagrams } from '../../../lab/scene/stage.ts';

const ROUNDS = 10;
const UDP = { ...NO_CONNECTION, protocol: 'udp' };
const OUT = { ...UDP, direction: 'outbound' };
const INTO = { ...UDP, direction: 'inbound' };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const pair = () => [stage.peer('west'), stage.peer('east')] as const;
const flowsOf = (peer: Peer) => datagramFlows(stage, peer);

/** Sends a datagram of this size, from a connected or unconnected socket, and receives the answer. */
async function request(client: Socket, { socket, address, port }: Service, bytes: number) {
  await client.sendTo(address, port, bytes);
  expect(await socket.answer(bytes + 1000)).toBe(bytes);
  await client.receive(bytes + 1000);
}

async function requestDialled(client: Socket, { socket }: Service, bytes: number) {
  await client.send(bytes, bytes);
  expect(await socket.answer(bytes + 1000)).toBe(bytes);
  await client.receive(bytes + 1000);
}

/** The flow of a client that sent a service this many requests, with this many bytes in total. */
function requestsFlow({ address, port }: Service, times: number, bytes: number) {
  const sent = { bytes, segments: times };
  const received = { bytes: bytes + times * 1000, segments: times };
  return { ...OUT, peerAddress: address, port, sent, received };
}

describe.each(FAMILIES)('over IPv%i', (family) => {
  const westAddress = () => stage.network.west.addresses[family];
  const eastAddress = () => stage.network.east.addresses[family];

  test('one socket with many peers in turn has an exact row for each', async () => {
    const [west, east] = pair();
    const client = await west.socket('udp', family);
    const addresses = eastAddresses(stage.network, family, 4);
    const ports = [freshPort(), freshPort(), freshPort()];
    const services: Service[] = [];
    for (const address of addresses)
      for (const port of ports) services.push(await serve(east, address, port));
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, service] of services.entries()) await request(client, service, 10 + i);

    expect(flowsOf(west)).toMatchObject(
      services.map((service, i) => requestsFlow(service, ROUNDS, ROUNDS * (10 + i))),
    );
    // A row of the server includes all of its addresses.
    const segments = ROUNDS * addresses.length;
    expect(flowsOf(east)).toMatchObject(
      ports.map((port, at) => {
        const bytes = addresses.reduce((sum, _, i) => sum + ROUNDS * (10 + 3 * i + at), 0);
        const received = { bytes, segments };
        const sent = { bytes: bytes + segments * 1000, segments };
        return { ...INTO, peerAddress: westAddress(), port, received, sent };
      }),
    );
  });

  test('one socket that serves many clients has a row for each of their addresses', async () => {
    const [west, east] = pair();
    const service = await serve(west, westAddress());
    const addresses = eastAddresses(stage.network, family, 4);
    const clients: Socket[] = [];
    for (const address of [...addresses, ...addresses]) {
      const client = await east.socket('udp', family);
      await client.bind(address);
      clients.push(client);
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, client] of clients.entries()) await request(client, service, 10 + i);
    const segments = 2 * ROUNDS;
    expect(flowsOf(west)).toMatchObject(
      addresses.map((peerAddress, i) => {
        const bytes = ROUNDS * (10 + i + 10 + i + addresses.length);
        const received = { bytes, segments };
        const sent = { bytes: bytes + segments * 1000, segments };
        return { ...INTO, peerAddress, port: service.port, received, sent };
      }),
    );
  });

  test('a reconnected socket counts for its new peer', async () => {
    const [west, east] = pair();
    const [address = '', other = ''] = eastAddresses(stage.network, family, 2);
    const first = await serve(east, address);
    const services = [first, await serve(east, address), await serve(east, other, first.port)];
    const client = await west.socket('udp', family);
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, service] of services.entries()) {
        await client.connect(service.address, service.port);
        await requestDialled(client, service, 1 + i);
        await requestDialled(client, service, 1 + i);
      }
    expect(flowsOf(west)).toMatchObject(
      services.map((service, i) => requestsFlow(service, 2 * ROUNDS, 2 * ROUNDS * (1 + i))),
    );
  });

  test('a disconnected socket counts for any peer it uses', async () => {
    const [west, east] = pair();
    const address = eastAddress();
    const [first, second] = [await serve(east, address), await serve(east, address)];
    const client = await west.socket('udp', family);
    for (let round = 0; round < ROUNDS; round++) {
      await client.connect(address, first.port);
      await requestDialled(client, first, 1);
      await client.disconnect();
      await request(client, first, 10);
      await request(client, second, 100);
    }
    expect(flowsOf(west)).toMatchObject([
      requestsFlow(first, 2 * ROUNDS, ROUNDS * 11),
      requestsFlow(second, ROUNDS, ROUNDS * 100),
    ]);
  });
});

test('an IPv4 peer of an IPv6 socket is shown as IPv4, connected or not', async () => {
  const [west, east] = pair();
  const address = stage.network.east.addresses[4];
  const { socket, port } = await serve(east, '::');
  const mapped = { socket, port, address: `::ffff:${address}` };
  const client = await west.socket('udp', 6);
  await request(client, mapped, 10);
  await client.connect(mapped.address, port);
  await requestDialled(client, mapped, 100);
  await requestDialled(client, mapped, 100);
  expect(flowsOf(west)).toMatchObject([requestsFlow({ socket, port, address }, 3, 210)]);
  expect(flowsOf(east)).toMatchObject([
    { ...INTO, port, peerAddress: stage.network.west.addresses[4], received: { bytes: 210 } },
  ]);
});

test('a socket stays with the cgroup that created it, even if it is passed on', async () => {
  const [west, east] = pair();
  const other = stage.peer('west');
  const service = await serve(east, stage.network.east.addresses[4]);
  const client = await west.socket('udp', 4);
  await request(client, service, 10);
  const passed = await other.adopt(west, client);
  await client.close();
  await request(passed, service, 700);
  expect(flowsOf(west)).toMatchObject([requestsFlow(service, 2, 710)]);
  expect(flowsOf(other)).toEqual([]);
});

test('a program in the root network namespace has flows like any other', async () => {
  await using host = await openStage({ westIsHost: true });
  for (const family of FAMILIES) {
    const [west, east] = [host.peer('west'), host.peer('east')];
    const service = await serve(east, host.network.east.addresses[family]);
    const client = await west.socket('udp', family);
    await request(client, service, 5);
    await client.connect(service.address, service.port);
    await sendDatagrams({ sender: client, receiver: service.socket }, { count: 100, size: 1000 });
    const sent = { bytes: 100_005, segments: 101 };
    const received = { bytes: 1005, segments: 1 };
    const peer = { port: service.port, peerAddress: service.address };
    expect(datagramFlows(host, west)).toMatchObject([{ ...OUT, ...peer, sent, received }]);
    expect(datagramFlows(host, east)).toMatchObject([
      { ...INTO, peerAddress: host.network.west.addresses[family], sent: received, received: sent },
    ]);
  }
});

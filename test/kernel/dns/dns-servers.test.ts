import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientSocket, DNS_PORT, serverSocket, withId } from '../../../lab/network/dns-peers.ts';
import type { Peer } from '../../../lab/network/peer.ts';
import { FAMILIES, openStage, type Stage } from '../../../lab/scene/stage.ts';
import { a, QNAME, query, response } from '../../../src/core/dns/compose.ts';

const NOTHING = { queries: [0, 0, 0, 0], waitNs: 0 };
const SERVICE = '10.96.0.10';
/** RFC 792 and RFC 4443: an echo request. The kernel sets its id and checksum. */
const ECHO = { 4: [8, 0, 0, 0, 0, 0, 0, 1], 6: [128, 0, 0, 0, 0, 0, 0, 1] } as const;

const NAME = 'web.test';
const QUERY = query(NAME);
const ANSWER = response(NAME, [a(QNAME, '192.0.2.80')]);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const dnsOf = ({ cgroup }: Peer) => stage.scene.usageOf(cgroup).dns;
const answersOf = ({ cgroup }: Peer) => stage.scene.answersOf(cgroup);

describe.each(FAMILIES)('over IPv%i', (family) => {
  const addresses = () => [
    stage.network.west.addresses[family],
    stage.network.east.addresses[family],
  ];

  test('an unconnected socket may query one server or several', async () => {
    const [west, east, second] = [stage.peer('west'), stage.peer('east'), stage.peer('west')];
    const [westAddress = '', eastAddress = ''] = addresses();
    const { socket, port } = await clientSocket(west, westAddress);
    const servers = [
      [await serverSocket(east, eastAddress), eastAddress, 1],
      [await serverSocket(second, westAddress), westAddress, 2],
    ] as const;
    for (const [server, address, id] of servers) {
      await socket.write(withId(QUERY, id), address, DNS_PORT);
      await server.receive(QUERY.length);
    }
    for (const [server, , id] of servers) {
      await server.write(withId(ANSWER, id), westAddress, port);
      await socket.receive(ANSWER.length);
    }
    expect(dnsOf(west).queries).toEqual([2, 0, 0, 0]);
    expect(answersOf(west)).toHaveLength(2);
  });

  test('an unsolicited answer changes nothing', async () => {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const [westAddress = '', eastAddress = ''] = addresses();
    const { socket, port } = await clientSocket(west, westAddress);
    await (await serverSocket(east, eastAddress)).write(ANSWER, westAddress, port);
    await socket.receive(ANSWER.length);
    expect(dnsOf(west)).toEqual(NOTHING);
    expect(answersOf(west)).toEqual([]);
  });

  test('nor does an answer to a connected socket from a different server', async () => {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const [westAddress = '', eastAddress = ''] = addresses();
    const querying = await clientSocket(west, westAddress);
    await querying.socket.connect(eastAddress, DNS_PORT);
    await querying.socket.write(QUERY);
    const otherAddress = eastAddress.replace(/2$/, '3');
    const { interface: device, run } = stage.network.east;
    run(`ip address add ${otherAddress}/${family === 4 ? '24' : '64 nodad'} dev ${device}`);
    const other = await serverSocket(east, otherAddress);
    await other.write(ANSWER, westAddress, querying.port);
    // A later packet proves that the earlier one has arrived.
    const witness = await clientSocket(west, westAddress);
    await other.write(ANSWER, westAddress, witness.port);
    await witness.socket.receive(ANSWER.length);
    expect(dnsOf(west)).toEqual(NOTHING);
    expect(answersOf(west)).toEqual([]);
  });

  test('a server that is queried from the DNS port has asked nothing itself', async () => {
    const [west, east] = [stage.peer('west'), stage.peer('east')];
    const [westAddress = '', eastAddress = ''] = addresses();
    const [querying, answering] = [
      await serverSocket(west, westAddress),
      await serverSocket(east, eastAddress),
    ];
    await querying.write(QUERY, eastAddress, DNS_PORT);
    await answering.receive(QUERY.length);
    await answering.write(ANSWER, westAddress, DNS_PORT);
    await querying.receive(ANSWER.length);
    expect(dnsOf(west).queries).toEqual([1, 0, 0, 0]);
    await answering.close();
    expect(dnsOf(east)).toEqual(NOTHING);
  });

  test('an echo that contains a query is not a query', async () => {
    const west = stage.peer('west');
    const socket = await west.socket('ping', family);
    await socket.connect(stage.network.east.addresses[family], DNS_PORT);
    const echo = Uint8Array.of(...ECHO[family], ...QUERY);
    await socket.write(echo);
    await socket.receive(echo.length);
    await socket.close();
    expect(dnsOf(west)).toEqual(NOTHING);
  });
});

test('a server behind a Service is matched, whatever addresses its packets have on the way', async () => {
  const [west, east] = [stage.peer('west'), stage.peer('east')];
  const addresses = [stage.network.west.addresses[4], stage.network.east.addresses[4]] as const;
  stage.network.west.run(`ip route add ${SERVICE} via ${addresses[1]}`);
  stage.network.west.run(
    'nft -f -',
    `add table ip service
    add chain ip service out { type nat hook output priority -100; }
    add rule ip service out ip daddr ${SERVICE} udp dport ${DNS_PORT} dnat to ${addresses[1]}`,
  );
  const { socket, port } = await clientSocket(west, addresses[0]);
  const server = await serverSocket(east, addresses[1]);
  await socket.write(QUERY, SERVICE, DNS_PORT);
  await server.receive(QUERY.length);
  await server.write(ANSWER, addresses[0], port);
  await socket.receive(ANSWER.length);
  await socket.close();
  expect(dnsOf(west).queries).toEqual([1, 0, 0, 0]);
  expect(answersOf(west)).toHaveLength(1);
});

import { PROTOCOLS, type Traffic } from '../../src/core/usage/usage.ts';
import type { UsageRow } from '../../src/kernel/tables/wire.gen.ts';
import { type Network, type NetworkOptions, openNetwork } from '../network/network.ts';
import { type Family, Peer, type Socket } from '../network/peer.ts';
import { openScene, type Scene } from './scene.ts';

export const FAMILIES: readonly Family[] = [4, 6];
export const IP_HEADER_BYTES: Readonly<Record<Family, number>> = { 4: 20, 6: 40 };
export const UDP_HEADER_BYTES = 8;
/** Header of a segment with timestamps. The SYN has 8 more bytes of options (RFC 9293, 7323). */
export const TCP_HEADER_BYTES = 32;
export const OPENING_OPTION_BYTES = 8;

/** Number of datagrams that easily fits the queues between two network namespaces. */
const VOLLEY = 50;

/** A scene with a network, for programs that communicate. */
export interface Stage extends AsyncDisposable {
  readonly scene: Scene;
  readonly network: Network;
  /** Starts a peer at one end, in a new cgroup. Ends with the stage. */
  readonly peer: (end: 'west' | 'east') => Peer;
}

export async function openStage(
  options: NetworkOptions & Parameters<typeof openScene>[0] = {},
): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene(options));
  const network = stack.use(await openNetwork(options));
  let peers = 0;
  const all = stack.move();
  return {
    scene,
    network,
    peer: (end) => {
      const cgroup = scene.makeCgroup(`${end}-${peers++}`);
      return all.use(new Peer(cgroup, network[end].netns));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A row's figures for one protocol in one direction. */
export function traffic(
  row: UsageRow,
  direction: 'transmit' | 'receive',
  protocol: (typeof PROTOCOLS)[number],
): Traffic {
  return row.network[direction][PROTOCOLS.indexOf(protocol)] ?? NOTHING;
}

export const NOTHING: Traffic = { bytes: 0, packets: 0 };

export function difference(after: Traffic, before: Traffic): Traffic {
  return { bytes: after.bytes - before.bytes, packets: after.packets - before.packets };
}

/** Two UDP sockets. The first is connected to the second. */
export async function datagramPair(
  from: Peer,
  to: Peer,
  address: string,
): Promise<{ readonly sender: Socket; readonly receiver: Socket }> {
  const family = address.includes(':') ? 6 : 4;
  const receiver = await to.socket('udp', family);
  const sender = await from.socket('udp', family);
  await sender.connect(address, await receiver.bind(address));
  return { sender, receiver };
}

/** Sends datagrams and waits for the arrival of each. */
export async function sendDatagrams(
  pair: { readonly sender: Socket; readonly receiver: Socket },
  { count, size }: { readonly count: number; readonly size: number },
): Promise<void> {
  for (let left = count; left > 0; left -= VOLLEY) {
    const bytes = Math.min(left, VOLLEY) * size;
    await pair.sender.send(bytes, size);
    await pair.receiver.receive(bytes);
  }
}

/** The two ends of a connection. */
export interface Connection {
  readonly client: Socket;
  readonly server: Socket;
}

export async function connection(client: Peer, server: Peer, address: string): Promise<Connection> {
  const { listener, port } = await server.listen(address);
  const socket = await client.connect(address, port);
  const accepted = await listener.accept();
  await listener.close();
  return { client: socket, server: accepted };
}

/** Sends bytes from one socket to the other and waits until all are received and acknowledged. */
export async function stream(from: Socket, to: Socket, bytes: number): Promise<void> {
  await Promise.all([from.send(bytes), to.receive(bytes)]);
  while ((await from.unsent()) > 0);
}

/** Layer 3 figures of datagrams of a given size. */
export function datagrams(family: Family, count: number, size: number): Traffic {
  return { packets: count, bytes: count * (size + UDP_HEADER_BYTES + IP_HEADER_BYTES[family]) };
}

import { OPTIONS, type Peer, type Socket } from './peer.ts';

export const DNS_PORT = 53;

/** A client's socket and a server's, connected to each other. */
export interface Exchange {
  readonly client: Socket;
  readonly server: Socket;
  /** Sends octets from the client to the server, or back, and waits for their arrival. */
  readonly sendQuery: (octets: Uint8Array) => Promise<void>;
  readonly answer: (octets: Uint8Array) => Promise<void>;
}

/** Addresses of both ends. */
export interface Addresses {
  readonly client: string;
  readonly server: string;
}

/** An exchange of datagrams. */
export async function exchange(client: Peer, server: Peer, at: Addresses): Promise<Exchange> {
  const querying = await clientSocket(client, at.client);
  const answering = await serverSocket(server, at.server);
  await answering.connect(at.client, querying.port);
  await querying.socket.connect(at.server, DNS_PORT);
  return exchangeOf(querying.socket, answering);
}

/** The same over TCP, with one segment for each write. */
export async function streamExchange(client: Peer, server: Peer, at: Addresses): Promise<Exchange> {
  const { listener } = await server.listen(at.server, DNS_PORT);
  const querying = await client.connect(at.server, DNS_PORT);
  const answering = await listener.accept();
  await listener.close();
  for (const socket of [querying, answering]) await socket.option(OPTIONS.noDelay, 1);
  return exchangeOf(querying, answering);
}

/** An unconnected datagram socket, and its port. */
export async function clientSocket(
  peer: Peer,
  address: string,
): Promise<{ readonly socket: Socket; readonly port: number }> {
  const socket = await peer.socket('udp', address.includes(':') ? 6 : 4);
  return { socket, port: await socket.bind(address) };
}

/** The same at the DNS port. Several may share it. */
export async function serverSocket(peer: Peer, address: string): Promise<Socket> {
  const socket = await peer.socket('udp', address.includes(':') ? 6 : 4);
  await socket.option(OPTIONS.reuseAddress, 1);
  await socket.bind(address, DNS_PORT);
  return socket;
}

/** The message with another id, because all composed messages have the same id. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const octets = message.slice();
  new DataView(octets.buffer).setUint16(0, id);
  return octets;
}

/** The length before each message in a stream (RFC 1035, 4.2.2). */
export function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length & 0xff);
}

/** Messages in the format of a stream. */
export function streamed(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap((message) => [lengthOf(message), message]));
}

function exchangeOf(client: Socket, server: Socket): Exchange {
  const pass = async (from: Socket, to: Socket, octets: Uint8Array) => {
    await from.write(octets);
    await to.receive(octets.length);
  };
  return {
    client,
    server,
    sendQuery: (octets) => pass(client, server, octets),
    answer: (octets) => pass(server, client, octets),
  };
}

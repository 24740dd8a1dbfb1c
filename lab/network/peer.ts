import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiled, endNow } from '../process/process.ts';

/**
 * An operation that the kernel refused. The message is the name of the error, such as ECONNREFUSED.
 */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

export type Family = 4 | 6;

/** Linux's SOCK_* and IPPROTO_*. Protocol 253 is for experiments (RFC 3692). */
const KINDS = {
  tcp: { 4: [1, 6], 6: [1, 6] },
  udp: { 4: [2, 17], 6: [2, 17] },
  ping: { 4: [2, 1], 6: [2, 58] },
  raw: { 4: [3, 253], 6: [3, 253] },
} as const;

/** Level and name of each socket option. */
export const OPTIONS = {
  reuseAddress: [1, 2],
  linger: [1, 13],
  receiveBuffer: [1, 8],
  synCount: [6, 7],
  udpSegment: [17, 103],
  udpGro: [17, 104],
  noDelay: [6, 1],
} as const;

const SEND_BYTES = 65_536;

/** A program that opens sockets in a cgroup and a network namespace, controlled by commands. */
export class Peer implements AsyncDisposable {
  readonly pid: number;
  /** The cgroup in which it was started. */
  readonly cgroup: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #answers: AsyncIterator<string>;

  /** `netns` is a file such as /proc/PID/ns/net. */
  constructor(cgroup: string, netns: string) {
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const child = spawn(compiled('peer'), [cgroup, netns], { stdio: [...stdio] });
    const { stdin, stdout, pid } = child;
    if (stdin === null || stdout === null || pid === undefined) throw new Error('no peer');
    stdin.on('error', () => {}); // it ended: the next response reports this
    this.pid = pid;
    this.cgroup = cgroup;
    this.#child = child;
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async do(deed: string, word: string | number, ...numbers: readonly number[]): Promise<number> {
    const [fd = 0, a = 0, b = 0] = numbers;
    this.#child.stdin?.write(`${deed} ${word} ${fd} ${a} ${b}\n`);
    const { value: answer } = await this.#answers.next();
    if (answer === undefined) throw new Error(`the peer ended at: ${deed} ${word}`);
    if (answer.startsWith('-')) throw new PeerError(answer.slice(1));
    return Number(answer);
  }

  async socket(kind: keyof typeof KINDS, family: Family): Promise<Socket> {
    const [type, protocol] = KINDS[kind][family];
    return new Socket(this, await this.do('socket', family, 0, type, protocol));
  }

  /** A listening TCP socket, and its port. */
  async listen(
    address: string,
    ownPort = 0,
  ): Promise<{ readonly listener: Socket; readonly port: number }> {
    const listener = await this.socket('tcp', familyOf(address));
    if (ownPort !== 0) await listener.option(OPTIONS.reuseAddress, 1);
    const port = await listener.bind(address, ownPort);
    await this.do('listen', '-', listener.fd, 64);
    return { listener, port };
  }

  async connect(address: string, port: number): Promise<Socket> {
    const socket = await this.socket('tcp', familyOf(address));
    await socket.connect(address, port);
    return socket;
  }

  /** Moves this program into another cgroup. Its sockets stay in their cgroups. */
  async enter(cgroup: string): Promise<void> {
    await this.do('enter', cgroup);
  }

  /** Copies the socket of another peer, as if it had been passed. */
  async adopt(from: Peer, { fd }: Socket): Promise<Socket> {
    return new Socket(this, await this.do('take', '-', fd, from.pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endNow(this.#child);
  }
}

/** A socket of a peer. */
export class Socket {
  readonly fd: number;
  readonly #peer: Peer;

  constructor(peer: Peer, fd: number) {
    this.#peer = peer;
    this.fd = fd;
  }

  /** Returns the port. */
  bind(address: string, port = 0): Promise<number> {
    return this.#peer.do('bind', address, this.fd, port);
  }

  connect(address: string, port = 0): Promise<number> {
    return this.#peer.do('connect', address, this.fd, port);
  }

  /** Disconnects a datagram socket, so that it can use any peer again. */
  disconnect(): Promise<number> {
    return this.#peer.do('disconnect', '-', this.fd);
  }

  async accept(): Promise<Socket> {
    return new Socket(this.#peer, await this.#peer.do('accept', '-', this.fd));
  }

  /** Sends bytes in writes of the given size (the size of each datagram). Returns the bytes sent. */
  send(bytes: number, size: number = SEND_BYTES): Promise<number> {
    return this.#peer.do('send', '-', this.fd, bytes, size);
  }

  /** Sends octets in one write, to the connected peer or to an address. */
  write(octets: Uint8Array, address?: string, port = 0): Promise<number> {
    const hex = Buffer.from(octets).toString('hex');
    return this.#peer.do('say', address ? `${hex}@${address}` : hex, this.fd, port);
  }

  /** Sends one ICMP or ICMPv6 echo request. The size includes the header. */
  ping(family: Family, bytes: number): Promise<number> {
    return this.#peer.do('send', `ping${family}`, this.fd, bytes, bytes);
  }

  /** Sends one datagram to an address, from a connected or unconnected socket. */
  sendTo(address: string, port: number, bytes: number): Promise<number> {
    return this.#peer.do('sendto', address, this.fd, port, bytes);
  }

  /** Reads one datagram and sends another to its source. Returns the size of the first. */
  answer(bytes: number): Promise<number> {
    return this.#peer.do('answer', '-', this.fd, bytes);
  }

  /** Reads until this many bytes, or the end. Returns the bytes read. */
  receive(bytes: number): Promise<number> {
    return this.#peer.do('receive', '-', this.fd, bytes);
  }

  /** Bytes of a connection that are not yet acknowledged. */
  unsent(): Promise<number> {
    return this.#peer.do('unsent', '-', this.fd);
  }

  info(what: 'segments_sent' | 'bytes_sent' | 'retransmits'): Promise<number> {
    return this.#peer.do('info', what, this.fd);
  }

  option([level, name]: readonly [number, number], setting: number): Promise<number> {
    return this.#peer.do('option', level, this.fd, name, setting);
  }

  /** Adds 8 bytes of options to the network header of every packet. */
  lengthen(family: Family): Promise<number> {
    return this.#peer.do('lengthen', family, this.fd);
  }

  join(group: string, interfaceIndex: number): Promise<number> {
    return this.#peer.do('join', group, this.fd, interfaceIndex);
  }

  close(): Promise<number> {
    return this.#peer.do('close', '-', this.fd);
  }
}

function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

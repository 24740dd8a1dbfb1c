/**
 * Hostile clients of an HTTP server. They run in a separate process so that other clients do not
 * wait for them: node hostile-http.ts ATTACK, an Attack as JSON. They run until their input ends.
 */
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectSecurely, TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';

type Kind =
  | 'never reads'
  | 'leaves without reading'
  | 'reads all'
  | 'asks again'
  | 'reads slowly'
  | 'silent'
  | 'half a head'
  | 'an octet a second'
  | 'idle after one answer'
  | 'a handshake without end'
  | 'guesses'
  | 'invents tokens';

export interface Attack {
  readonly kind: Kind;
  readonly port: number;
  /** Connections that are open at the same time. */
  readonly connections: number;
  /** Number of loopback addresses, used in turn: 127.66.0.1 and so on. */
  readonly addresses?: number;
  /** Replaces 66. */
  readonly network?: number;
  /** Uses TLS and trusts any server. */
  readonly tls?: boolean;
  /** Reopens each connection that was closed. */
  readonly isStubborn?: boolean;
  /** Text of each request. */
  readonly request?: string;
  /** Octets of requests that each connection sends. */
  readonly octets?: number;
}

/** Result of an attack. */
export interface Outcome {
  readonly opened: number;
  readonly closed: number;
  readonly received: number;
  readonly answers: Readonly<Record<string, number>>;
}

const SCRAPE = 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n';
const SLICE = 64 * 1024;

type Client = (socket: Socket, attack: Attack) => void;

const KINDS: Readonly<Record<Kind, Client>> = {
  /** Sends requests one after the other and reads no response. */
  'never reads': (socket, { request = SCRAPE, octets = 0 }) => {
    socket.pause();
    send(socket, request, octets);
  },
  /** Sends one request and closes its writing side. The responder may close the connection. */
  'leaves without reading': (socket, { request = SCRAPE }) => socket.pause().end(request),
  /** The same as the first, but reads all responses. */
  'reads all': (socket, { request = SCRAPE, octets = 0 }) => {
    send(socket, request, octets);
    socket.resume();
  },
  /** Sends a request after each response. All responses are equal. */
  'asks again': (socket, { request = SCRAPE }) => {
    let [head, bytes, answers] = ['', 0, 0];
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (answers === 0) head += piece.toString('latin1');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      const each = head.indexOf('\r\n\r\n') + 4 + length;
      if (!(bytes >= each * (answers + 1))) return;
      answers++;
      socket.write(request);
    });
    socket.write(request);
  },
  /** Reads one octet of a response per second. */
  'reads slowly': (socket, { request = SCRAPE, octets = request.length }) => {
    send(socket, request, octets);
    const timer = setInterval(() => socket.read(1), 1000);
    socket.once('close', () => clearInterval(timer));
  },
  silent: (socket) => socket.resume(),
  'half a head': (socket) => socket.resume().write(SCRAPE.slice(0, -2)),
  /** Sends one octet of a head per second, forever. */
  'an octet a second': (socket) => {
    socket.resume().write(SCRAPE.slice(0, -2));
    const timer = setInterval(() => socket.write('x'), 1000);
    socket.once('close', () => clearInterval(timer));
  },
  'idle after one answer': (socket, { request = SCRAPE }) => socket.resume().write(request),
  /** Sends the beginning of a ClientHello. */
  'a handshake without end': (socket) =>
    socket.resume().write('\x16\x03\x01\x02\x00\x01', 'latin1'),
  /** Sends a different password with each request. */
  guesses: (socket) => {
    const guess = () => {
      const password = Buffer.from(`alice:${Math.random()}`).toString('base64');
      const line = `authorization: Basic ${password}`;
      socket.write(SCRAPE.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`));
    };
    guess();
    socket.on('data', guess);
  },
  'invents tokens': (socket) => {
    inventToken(socket);
    socket.on('data', () => inventToken(socket));
  },
};

let invented = 0;

/** Sends a different token with each request. */
function inventToken(socket: Socket): void {
  invented++;
  const line = `authorization: Bearer ${process.pid}.${invented}`;
  socket.write(SCRAPE.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`));
}

const UNREAD: readonly Kind[] = ['never reads', 'leaves without reading', 'reads slowly'];

/** Sends this many octets of requests, as fast as they are accepted. */
function send(socket: Socket, request: string, octets: number): void {
  const slice = Buffer.from(request.repeat(Math.max(1, Math.ceil(SLICE / request.length))));
  let left = octets;
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      const piece = slice.subarray(0, Math.min(left, slice.length));
      left -= piece.length;
      if (!socket.write(piece)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}

class Attackers {
  readonly #attack: Attack;
  readonly #answers: Record<string, number> = {};
  #opened = 0;
  #closed = 0;
  #received = 0;
  #isOver = false;

  constructor(attack: Attack) {
    this.#attack = attack;
  }

  outcome(): Outcome {
    const [opened, closed, received] = [this.#opened, this.#closed, this.#received];
    return { opened, closed, received, answers: this.#answers };
  }

  open(index: number): void {
    const { kind, port, addresses = 1, network = 66, isStubborn = false } = this.#attack;
    const nth = index % addresses;
    const localAddress = `127.${network}.${Math.floor(nth / 250)}.${(nth % 250) + 1}`;
    const socket = this.#connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    socket.on('error', () => {});
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      this.#opened++;
      KINDS[kind](socket, this.#attack);
    });
    if (!UNREAD.includes(kind)) this.#count(socket);
    socket.once('close', () => {
      this.#closed++;
      if (isStubborn && !this.#isOver) setImmediate(() => this.open(index));
    });
  }

  #connect(options: TcpNetConnectOpts): Socket {
    const { tls, kind } = this.#attack;
    if (!tls || kind === 'a handshake without end') return connect(options);
    return connectSecurely({ ...options, rejectUnauthorized: false });
  }

  #count(socket: Socket): void {
    // Possibly the beginning of a status line that continues in the next chunk.
    let rest = '';
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.length;
      const text = rest + bytes.toString('latin1');
      let end = 0;
      for (const { 0: line, 1: status = '', index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        this.#answers[status] = (this.#answers[status] ?? 0) + 1;
        end = index + line.length;
      }
      rest = text.slice(Math.max(end, text.length - 12));
    });
  }

  end(): void {
    this.#isOver = true;
  }
}

async function main([text = '{}']: readonly string[]): Promise<void> {
  const attack = JSON.parse(text) as Attack;
  const attackers = new Attackers(attack);
  for (let i = 0; i < attack.connections; i++) {
    attackers.open(i);
    if (i % 50 === 49) await sleep(1);
  }
  process.send?.('begun');
  process.on('message', () => process.send?.(attackers.outcome()));
  process.on('disconnect', () => process.exit());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main(process.argv.slice(2));

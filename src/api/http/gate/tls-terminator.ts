import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';

/**
 * Speaks TLS on connections that are accepted elsewhere. Client certificates are asked for as the
 * options say, and judged by those who get the connection.
 */
export class TlsTerminator {
  readonly #server: Server;
  /** What to do when the handshake of a socket is done. */
  readonly #waiting = new Map<string, (stream: TLSSocket) => void>();

  /** Throws what is wrong with the certificate or the key. */
  constructor(options: TlsOptions) {
    this.#server = createServer({
      ALPNProtocols: ['http/1.1'],
      ...options,
      rejectUnauthorized: false,
    });
    this.#server.on('secureConnection', (stream) => this.#waiting.get(keyOf(stream))?.(stream));
    // It destroys the socket itself.
    this.#server.on('tlsClientError', () => {});
  }

  /** `onSecure` is called when the handshake succeeds; else the socket closes. */
  accept(socket: Socket, onSecure: (stream: TLSSocket) => void): void {
    const key = keyOf(socket);
    this.#waiting.set(key, onSecure);
    socket.once('close', () => this.#waiting.delete(key));
    this.#server.emit('connection', socket);
  }
}

/** What the socket and its TLS stream have in common. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

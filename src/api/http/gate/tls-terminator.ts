import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';

/**
 * Performs TLS on connections that are accepted elsewhere. It requests client certificates if the options
 * say so; the owner of the connection checks them.
 */
export class TlsTerminator {
  readonly #server: Server;
  /** Callbacks after the handshake, by socket. */
  readonly #waiting = new Map<string, (stream: TLSSocket) => void>();

  /** Throws if the certificate or the key has a problem. */
  constructor(options: TlsOptions) {
    this.#server = createServer({
      ALPNProtocols: ['http/1.1'],
      ...options,
      rejectUnauthorized: false,
    });
    this.#server.on('secureConnection', (stream) => this.#waiting.get(keyOf(stream))?.(stream));
    // The TLS server destroys the socket itself.
    this.#server.on('tlsClientError', () => {});
  }

  /** Calls `onSecure` when the handshake succeeds. Otherwise the socket closes. */
  accept(socket: Socket, onSecure: (stream: TLSSocket) => void): void {
    const key = keyOf(socket);
    this.#waiting.set(key, onSecure);
    socket.once('close', () => this.#waiting.delete(key));
    this.#server.emit('connection', socket);
  }
}

/** A key that is equal for a socket and its TLS stream. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

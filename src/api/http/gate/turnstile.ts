import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Callbacks from a turnstile to its connection. */
export interface AnswerEvents {
  /** Bytes of a response are sent to the client. */
  readonly onSending: (bytes: number) => void;
  /** The kernel has the complete response. */
  readonly onSent: () => void;
  /** The HTTP server closes the connection after the data that it has written. */
  readonly onLast: () => void;
}

/**
 * The connection as seen by the HTTP server. The server gets one request head at a time, and the next one
 * after its response.
 */
export class Turnstile extends Duplex {
  readonly #events: AnswerEvents;
  readonly #stream: Socket;
  #isAnswering = false;

  constructor(stream: Socket, events: AnswerEvents) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    this.#events = events;
  }

  /** The socket or its TLS stream, which identifies the client. */
  get stream(): Socket {
    return this.#stream;
  }

  /** Call with each response. A second response before the end of the first closes the connection. */
  follow(response: ServerResponse): void {
    if (this.#isAnswering) {
      this.destroy();
      return;
    }
    this.#isAnswering = true;
    response.once('finish', () => {
      this.#isAnswering = false;
      if (!this.writableEnded) this.#events.onSent();
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#events.onSending(chunk.length);
    // An error closes the stream, which closes the turnstile; nothing else is needed.
    this.#stream.write(chunk, (err) => err ?? done());
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#stream.cork();
    for (const { chunk } of chunks.slice(0, -1)) this._write(chunk, 'binary', () => {});
    this._write(chunks.at(-1)?.chunk ?? Buffer.alloc(0), 'binary', done);
    this.#stream.uncork();
  }

  override _final(done: () => void): void {
    this.#events.onLast();
    done();
  }

  override _destroy(_err: Error | null, done: (err: null) => void): void {
    this.#events.onLast();
    done(null);
  }
}

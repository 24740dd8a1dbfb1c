import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What a turnstile tells its connection. */
export interface AnswerEvents {
  /** Bytes of an answer go to the client. */
  readonly onSending: (bytes: number) => void;
  /** The kernel has all of the answer. */
  readonly onSent: () => void;
  /** The HTTP server wants the connection closed, after what it has written. */
  readonly onLast: () => void;
}

/**
 * A connection as the HTTP server sees it. The server gets one request head at a time, and the next
 * one when that is answered.
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

  /** The socket, or what TLS makes of it: who the client is. */
  get stream(): Socket {
    return this.#stream;
  }

  /** To be called with each response. A second one while another is under way closes the connection. */
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
    // An error closes the stream, and the stream the turnstile: there is nobody to tell.
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

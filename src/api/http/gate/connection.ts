import type { Socket } from 'node:net';
import type { CloseReason } from '../../../core/self/http-counts.ts';
import type { Occupant } from './address-group.ts';
import { type ConnectionStage, overdueReason } from './connection-stage.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { HeadReader } from './head-reader.ts';
import { READ_BYTES, type Reader } from './kernel-budget.ts';
import { endpointKey } from './kernel-queues.ts';
import { Turnstile } from './turnstile.ts';

/** Limit on bytes after the last request of a client. They are discarded. */
const DISCARDED_BYTES = 64 * 1024;
/** Approximate number of bytes that the kernel accepts from a client that sends more than is read. */
const FLOOD_BYTES = 1024 ** 2;

/** An error closes the socket; nothing else is needed. */
function ignore(): void {}

/** One connection, from its first byte on. It reads a request after the response to the previous one. */
export class Connection implements Occupant, Reader {
  readonly address: string;
  heldBytes = 0;
  isUnread = true;
  readonly #raw: Socket;
  readonly #keeper: Gatekeeper<Connection>;
  readonly #heads: HeadReader;
  #stream: Socket | undefined;
  #turnstile: Turnstile | undefined;
  #stage: ConnectionStage = 'opening';
  #sinceMs = performance.now();
  #requestMs = this.#sinceMs;
  #hasEnded = false;
  #discardedBytes = 0;

  constructor(raw: Socket, address: string, keeper: Gatekeeper<Connection>) {
    this.#raw = raw;
    this.address = address;
    this.#keeper = keeper;
    this.#heads = new HeadReader(keeper.limits.headBytes);
    raw.on('error', ignore);
  }

  get endpoint(): string {
    const { remoteAddress, remotePort } = this.#raw;
    if (remoteAddress === undefined || remotePort === undefined) return '';
    return endpointKey({ address: remoteAddress, port: remotePort });
  }

  get isClosed(): boolean {
    return this.#raw.destroyed;
  }

  /** Whether no response is pending. */
  get isIdle(): boolean {
    return this.#stage !== 'answering' && this.#stage !== 'sending';
  }

  get dueMs(): number {
    const { graceMs, slowMs } = this.#keeper.limits;
    // A queued request is refused before this time.
    return this.#sinceMs + (this.#stage === 'opening' ? graceMs : 2 * slowMs);
  }

  /** Whether its client sends more than is read. */
  get isFlooding(): boolean {
    return this.#heads.isCut;
  }

  /** Whether its client takes too long to read a response. */
  isSlow(nowMs: number): boolean {
    return this.#stage === 'sending' && nowMs - this.#sinceMs >= this.#keeper.limits.slowMs;
  }

  waitedMs(nowMs: number): number | undefined {
    if (this.#stage === 'answering') return undefined;
    if (this.#stage === 'sending' && !this.isSlow(nowMs)) return undefined;
    return nowMs - this.#sinceMs;
  }

  readingMs(nowMs: number): number | undefined {
    return this.#stage === 'sending' ? nowMs - this.#sinceMs : undefined;
  }

  /** Why it must be closed now. `idle`: the pause between requests was too long. */
  overdue(nowMs: number): CloseReason | 'idle' | undefined {
    return overdueReason(
      {
        stage: this.#stage,
        waitedMs: nowMs - this.#sinceMs,
        answerMs: nowMs - this.#requestMs,
        isSecure: this.#stream !== undefined,
        hasBegun: !this.#heads.isEmpty,
      },
      this.#keeper.limits,
    );
  }

  /** From now on, data of the client is read. */
  begin(): void {
    this.#enter('opening');
    // The next turn of the event loop reads the data that has already arrived.
    setImmediate(() =>
      setImmediate(() => {
        this.isUnread = false;
      }),
    );
  }

  /** Reads requests from a stream: the socket, or its TLS stream. */
  read(stream: Socket): void {
    this.#stream = stream;
    if (stream !== this.#raw) stream.on('error', ignore);
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.once('end', () => this.#onEnd());
    stream.once('close', () => this.#turnstile?.destroy());
    stream.resume();
  }

  /** Passes a request on to the HTTP server. */
  pass(head: Buffer): void {
    if (!this.#stream || this.isClosed || this.#stage === 'closing') return;
    this.#enter('answering');
    this.#requestMs = this.#sinceMs;
    this.#turnstile ??= this.#openTurnstile(this.#stream);
    this.#turnstile.push(head);
  }

  /** Passes a request on when the client has read the responses to the previous ones. */
  passWhenRead(head: Buffer): void {
    this.#enter('sending');
    this.#requestMs = this.#sinceMs;
    void this.#keeper.hasRead(this).then(() => this.pass(head));
  }

  /** Stops reading until the current request is passed on or refused. */
  wait(): void {
    this.#enter('queued');
  }

  /** Sends `reply` and closes. */
  refuse(reply: Buffer): void {
    this.#stream?.write(reply);
    this.#keeper.onHeld(this, reply.length);
    const { isFlooding } = this;
    this.#finish();
    // The kernel keeps the data of a flooding client until the socket is closed.
    if (isFlooding) this.end();
  }

  /** Gives up its slot. An idle connection is ended gracefully, any other is reset. */
  giveWay(): void {
    if (this.#stage === 'idle') this.#finish();
    else this.close();
  }

  /** Closes after the client has received all data. */
  end(): void {
    (this.#stream ?? this.#raw).destroySoon();
  }

  /** Closes at once, with a reset. The kernel then keeps no bytes and no TIME_WAIT socket. */
  close(): void {
    if (!this.isClosed) this.#raw.resetAndDestroy();
  }

  #openTurnstile(stream: Socket): Turnstile {
    const turnstile = new Turnstile(stream, {
      onSending: (bytes) => {
        this.#keeper.onHeld(this, bytes);
        if (this.#stage === 'answering') this.#enter('sending');
      },
      onSent: () => this.#onSent(),
      onLast: () => this.#finish(),
    });
    this.#keeper.serve(turnstile);
    return turnstile;
  }

  #enter(stage: ConnectionStage): void {
    this.#stage = stage;
    this.#sinceMs = performance.now();
  }

  #receive(bytes: Buffer): void {
    if (this.#stage === 'closing') {
      this.#discardedBytes += bytes.length;
      if (this.#discardedBytes > DISCARDED_BYTES) this.#stream?.pause();
      return;
    }
    const wasCut = this.#heads.isCut;
    this.#heads.add(bytes);
    if (this.#heads.isCut && !wasCut) this.#keeper.onHeld(this, FLOOD_BYTES);
    if (this.#stage === 'opening' || this.#stage === 'idle') this.#next();
    else this.#stream?.pause();
  }

  #next(): void {
    const head = this.#heads.next();
    if (head !== undefined) this.#keeper.onHead(this, head);
    else if (this.#hasEnded || this.#heads.isCut) this.#finish();
    else this.#stream?.resume();
  }

  #onSent(): void {
    this.#enter('idle');
    this.#keeper.onAnswered(this);
    if (this.#stage !== 'idle') return;
    if (!this.#keeper.isOpen()) this.#finish();
    else if (this.#heads.isEmpty && !this.#heads.isCut && !this.#hasEnded) this.#stream?.resume();
    // Serve other connections before the next request of this one.
    else setImmediate(() => this.#stage === 'idle' && this.#next());
  }

  /** Called when the client has closed its side. */
  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#stage === 'opening' || this.#stage === 'idle') this.#next();
  }

  /** Ends the connection after the client has read everything. The bytes of a closed socket cannot be freed. */
  #finish(): void {
    if (this.#stage === 'closing') return;
    this.#enter('closing');
    this.#heads.clear();
    const stream = this.#stream;
    if (!stream) return;
    if (this.heldBytes <= READ_BYTES) {
      this.#keeper.onRead(this);
      stream.end();
      stream.resume();
      return;
    }
    // The socket closes only when both sides have ended.
    stream.pause();
    if (!this.#hasEnded) stream.end();
    void this.#keeper.mayClose(this).then(() => {
      this.#keeper.onRead(this);
      stream.end();
      stream.resume();
    });
  }
}

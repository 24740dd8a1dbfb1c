import type { Socket } from 'node:net';
import type { CloseReason } from '../../../core/self/http-counts.ts';
import type { Occupant } from './address-group.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { HeadReader } from './head-reader.ts';
import { READ_BYTES, type Reader } from './kernel-budget.ts';
import { endpointKey } from './kernel-queues.ts';
import { overdueReason, type Stage } from './stage.ts';
import { Turnstile } from './turnstile.ts';

/** What a client may send after its last request, and is not read by anybody. */
const DISCARDED_BYTES = 64 * 1024;
/** What the kernel takes of a client that sends more than is read, more or less. */
const FLOOD_BYTES = 1024 ** 2;

/** An error closes the socket, which is all that matters. */
function ignore(): void {}

/** One connection, from its first byte on. It reads a request when the one before is answered. */
export class Connection implements Occupant, Reader {
  readonly address: string;
  heldBytes = 0;
  isUnread = true;
  readonly #raw: Socket;
  readonly #keeper: Gatekeeper<Connection>;
  readonly #heads: HeadReader;
  #stream: Socket | undefined;
  #turnstile: Turnstile | undefined;
  #stage: Stage = 'opening';
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

  /** Whether nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#stage !== 'answering' && this.#stage !== 'sending';
  }

  get dueMs(): number {
    const { graceMs, slowMs } = this.#keeper.limits;
    // A request in the queue is refused before.
    return this.#sinceMs + (this.#stage === 'opening' ? graceMs : 2 * slowMs);
  }

  /** Whether its client sends more than is read. */
  get isFlooding(): boolean {
    return this.#heads.isCut;
  }

  /** Whether its client has an answer that it takes too long to read. */
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

  /** Why it has to be closed by now; `idle` for a pause that was too long. */
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

  /** What the client sends is looked at from now on. */
  begin(): void {
    this.#enter('opening');
    // After what is there already, which the next turn of the event loop reads.
    setImmediate(() =>
      setImmediate(() => {
        this.isUnread = false;
      }),
    );
  }

  /** Reads requests from a stream: the socket, or what TLS makes of it. */
  read(stream: Socket): void {
    this.#stream = stream;
    if (stream !== this.#raw) stream.on('error', ignore);
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
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

  /** Passes a request on when the client has read the answers to those before. */
  passWhenRead(head: Buffer): void {
    this.#enter('sending');
    this.#requestMs = this.#sinceMs;
    void this.#keeper.hasRead(this).then(() => this.pass(head));
  }

  /** Reads no further until the request that has come is passed on or refused. */
  wait(): void {
    this.#enter('queued');
  }

  /** Answers with `reply` and closes. */
  refuse(reply: Buffer): void {
    this.#stream?.write(reply);
    this.#keeper.onHeld(this, reply.length);
    const { isFlooding } = this;
    this.#finish();
    // What a client sends on and on stays in the kernel until the socket is closed.
    if (isFlooding) this.end();
  }

  /** Gives up its place: at once if its client may be reading, else it is just closed. */
  giveWay(): void {
    if (this.#stage === 'idle') this.#finish();
    else this.close();
  }

  /** Closes. What was sent still reaches the client. */
  end(): void {
    (this.#stream ?? this.#raw).destroySoon();
  }

  /** Closes at once. A reset leaves nothing behind: no bytes in the kernel, and no TIME_WAIT. */
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

  #enter(stage: Stage): void {
    this.#stage = stage;
    this.#sinceMs = performance.now();
  }

  #take(bytes: Buffer): void {
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
    // Other connections get their turn before the next request of this one.
    else setImmediate(() => this.#stage === 'idle' && this.#next());
  }

  /** The client sends no more. */
  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#stage === 'opening' || this.#stage === 'idle') this.#next();
  }

  /** Ends the connection, once the client has read everything: a closed socket cannot be freed. */
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
    // Without the client's end, our own does not close the socket yet.
    stream.pause();
    if (!this.#hasEnded) stream.end();
    void this.#keeper.mayClose(this).then(() => {
      this.#keeper.onRead(this);
      stream.end();
      stream.resume();
    });
  }
}

import { createServer, type Server, type Socket } from 'node:net';
import type { CloseReason, HttpCounts } from '../../../core/self/http-counts.ts';
import { shareOf } from './address-group.ts';
import { Connection } from './connection.ts';
import { ConnectionSlots } from './connection-slots.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { KernelBudget } from './kernel-budget.ts';
import { type KernelQueues, largestSendQueue, readKernelQueues } from './kernel-queues.ts';
import { LateStarts } from './late-starts.ts';
import { type GateLimits, REQUEST_RATE } from './limits.ts';
import { RequestAdmission, type UrgentAnswer } from './request-admission.ts';
import type { RequestLine } from './request-head.ts';
import { RequestRate } from './request-rate.ts';
import { heaviest } from './slow-readers.ts';
import type { TlsTerminator } from './tls-terminator.ts';
import { type Rate, TokenBuckets } from './token-buckets.ts';
import type { Turnstile } from './turnstile.ts';

export interface GateOptions {
  readonly limits: GateLimits;
  readonly counts: HttpCounts;
  /** Hands a client that has sent a request to the HTTP server. */
  readonly serve: (turnstile: Turnstile) => void;
  readonly urgent: (request: RequestLine) => UrgentAnswer | undefined;
}

/** Settings that may change while the gate runs. */
export interface Reception {
  readonly tls?: TlsTerminator | undefined;
  /** Request rate of one address. */
  readonly rate?: Rate | 'unlimited' | undefined;
}

const SWEEP_MS = 2000;

/**
 * Protects an HTTP server: shares connections and requests fairly among client addresses, and passes on
 * one request per connection at a time. It does not depend on the content that is served.
 */
export class Gate {
  readonly server: Server;
  readonly #options: GateOptions;
  readonly #keeper: Gatekeeper<Connection>;
  readonly #slots: ConnectionSlots<Connection>;
  readonly #budget: KernelBudget<Connection>;
  readonly #handshakes: TokenBuckets;
  readonly #admission: RequestAdmission;
  readonly #lateStarts: LateStarts;
  #requests: RequestRate | undefined = new RequestRate(REQUEST_RATE);
  #tls: TlsTerminator | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #crowdCheck: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(options: GateOptions) {
    const { limits, counts, serve, urgent } = options;
    this.#options = options;
    this.#slots = new ConnectionSlots(limits);
    this.#handshakes = new TokenBuckets(limits.handshakes);
    this.#lateStarts = new LateStarts(limits.debts);
    this.#admission = new RequestAdmission({
      limits,
      counts,
      urgent,
      slots: this.#slots,
      rate: () => this.#requests,
      pass: (connection, head, isUrgent) => this.#pass(connection, head, isUrgent),
      displace: (connection) => this.#displace(connection),
    });
    this.#budget = new KernelBudget({
      budgetBytes: limits.heldBytes,
      largestBytes: largestSendQueue(),
      readers: this.#slots,
      readQueues: () => this.#sendQueues(),
      shed: (bytes) => this.#shed(bytes),
    });
    this.#keeper = {
      limits,
      serve,
      onHead: (connection, head) => this.#admission.onHead(connection, head),
      onAnswered: ({ address }) => this.#admission.onRoom(address),
      onHeld: (connection, bytes) => this.#budget.add(connection, bytes),
      onRead: (connection) => this.#release(connection),
      hasRead: (connection) => this.#budget.read(connection),
      mayClose: (connection) => this.#budget.readUnhurried(connection),
      isOpen: () => this.#isOpen,
    };
    const onConnection = (socket: Socket) => this.#accept(socket);
    this.server = createServer(
      { allowHalfOpen: true, noDelay: true, pauseOnConnect: true },
      onConnection,
    );
  }

  /** Applies new settings: TLS to new connections, the request rate to all. */
  receive({ tls, rate = REQUEST_RATE }: Reception): void {
    this.#tls = tls;
    this.#requests = rate === 'unlimited' ? undefined : new RequestRate(rate);
  }

  /** Stops. Running requests have this much time to finish. */
  async close(mostMs: number): Promise<void> {
    this.#isOpen = false;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of [...this.#slots]) if (connection.isIdle) connection.end();
    const late = setTimeout(() => {
      for (const connection of [...this.#slots]) connection.close();
    }, mostMs);
    await closed;
    clearTimeout(late);
    clearTimeout(this.#crowdCheck);
    clearInterval(this.#sweep);
  }

  async #sendQueues(): Promise<KernelQueues> {
    const address = this.server.address();
    return address === null || typeof address === 'string' ? new Map() : readKernelQueues(address);
  }

  #accept(socket: Socket): void {
    const nowMs = performance.now();
    const address = shareOf(socket.remoteAddress);
    const { counts } = this.#options;
    const tls = this.#tls;
    if (tls && this.#handshakes.takeToken(address, nowMs) > 0) {
      counts.closed.handshake++;
      socket.resetAndDestroy();
      return;
    }
    const { isAdmitted, instead } = this.#slots.admit(nowMs);
    if (instead) this.#close(instead, 'share');
    if (!isAdmitted) {
      counts.closed.share++;
      socket.resetAndDestroy();
      return;
    }
    const connection = new Connection(socket, address, this.#keeper);
    this.#slots.add(connection);
    counts.connections = this.#slots.size;
    socket.once('close', () => this.#forget(connection));
    const begin = () => {
      if (socket.destroyed) return;
      connection.begin();
      if (tls) tls.accept(socket, (stream) => connection.read(stream));
      else connection.read(socket);
    };
    // Slows down clients that reconnect after each refusal: their sockets are not read for a while.
    if (this.#requests?.isSpent(address, nowMs)) this.#lateStarts.add(begin);
    else begin();
    this.#sweep ??= setInterval(() => this.#closeOverdue(), SWEEP_MS).unref();
    if (this.#slots.isCrowded(address)) this.#checkCrowdSoon();
  }

  #pass(connection: Connection, head: Buffer, isUrgent: boolean): void {
    if (!this.#budget.isExceeded || isUrgent) connection.pass(head);
    else if (connection.isFlooding) this.#close(connection, 'reader');
    else connection.passWhenRead(head);
  }

  #displace(connection: Connection): void {
    this.#options.counts.closed.share++;
    if (connection.isSlow(performance.now())) this.#penalize(connection);
    connection.giveWay();
  }

  #close(connection: Connection, reason: CloseReason | 'idle'): void {
    if (reason !== 'idle') this.#options.counts.closed[reason]++;
    if (reason === 'reader') this.#penalize(connection);
    connection.close();
    this.#forget(connection);
  }

  /** Unread responses cost more than requests, because the kernel must store them. */
  #penalize({ address }: Connection): void {
    this.#requests?.penalize(address, performance.now());
  }

  #release(connection: Connection): void {
    this.#slots.release(connection);
    this.#admission.onRoom(connection.address);
  }

  #forget(connection: Connection): void {
    this.#slots.remove(connection);
    this.#budget.remove(connection);
    this.#admission.forget(connection);
    this.#admission.onRoom(connection.address);
    this.#options.counts.connections = this.#slots.size;
    if (this.#slots.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #closeOverdue(): void {
    const nowMs = performance.now();
    for (const connection of [...this.#slots]) {
      const reason = connection.overdue(nowMs);
      if (reason !== undefined) this.#close(connection, reason);
    }
    if (this.#budget.isExceeded) void this.#budget.refresh();
  }

  #checkCrowdSoon(): void {
    this.#crowdCheck ??= setTimeout(() => {
      this.#crowdCheck = undefined;
      for (const each of this.#slots.surplus(performance.now())) this.#close(each, 'share');
      if (this.#slots.isAnyCrowded) this.#checkCrowdSoon();
    }, this.#options.limits.graceMs).unref();
  }

  #shed(bytes: number): void {
    const excess = { bytes, leastMs: this.#options.limits.graceMs };
    for (const each of heaviest(this.#slots, excess)) this.#close(each, 'reader');
  }
}

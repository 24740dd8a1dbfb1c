import type { HttpCounts } from '../../../core/self/http-counts.ts';
import type { Connection } from './connection.ts';
import type { ConnectionSlots } from './connection-slots.ts';
import type { Malformed } from './head-reader.ts';
import type { GateLimits } from './limits.ts';
import { plainAnswer, REFUSALS, type Refusal, tooManyRequests } from './refusal.ts';
import { type RequestLine, requestLineOf } from './request-head.ts';
import type { RequestRate } from './request-rate.ts';
import { WaitingLine, type WaitingRequest } from './waiting-line.ts';

/** Makes the complete response to a request that is served even if others are refused. */
export type UrgentAnswer = () => Buffer;

export interface RequestAdmissionOptions {
  readonly limits: GateLimits;
  readonly counts: HttpCounts;
  readonly slots: ConnectionSlots<Connection>;
  /** Undefined: no limit. */
  readonly rate: () => RequestRate | undefined;
  readonly urgent: (request: RequestLine) => UrgentAnswer | undefined;
  /** Called when a request is admitted. */
  readonly pass: (connection: Connection, head: Buffer, isUrgent: boolean) => void;
  /** Called when a connection loses its slot to another one. */
  readonly displace: (connection: Connection) => void;
}

const METHODS = ['GET', 'HEAD'];
const REVIEW_MS = 50;

/** Decides about each request: pass it on, let it wait for a slot, or refuse it. */
export class RequestAdmission {
  readonly #options: RequestAdmissionOptions;
  readonly #line = new WaitingLine();
  #reviewTimer: NodeJS.Timeout | undefined;

  constructor(options: RequestAdmissionOptions) {
    this.#options = options;
  }

  onHead(connection: Connection, head: Buffer | Malformed): void {
    if (head === 'too large') this.#refuse(connection, REFUSALS.tooLarge);
    else if (head === 'not http') this.#refuse(connection, REFUSALS.notHttp);
    else this.#onRequest(connection, head, requestLineOf(head));
  }

  /** Call when a connection of this address is closed, or needs its slot less than before. */
  onRoom(address: string): void {
    const next = this.#line.isEmpty ? undefined : this.#line.next(address);
    if (next) this.#assignSlot(next);
  }

  /** Call when the connection is closed. */
  forget(connection: Connection): void {
    this.#line.remove(connection);
  }

  #onRequest(connection: Connection, head: Buffer, request: RequestLine | undefined): void {
    if (!request) return void this.#refuse(connection, REFUSALS.notHttp);
    if (!METHODS.includes(request.method))
      return void this.#refuse(connection, REFUSALS.method, request);
    const nowMs = performance.now();
    const isUrgent = this.#options.urgent(request) !== undefined;
    const waitMs = this.#takeToken(connection, nowMs, isUrgent);
    if (waitMs > 0) return void this.#refuse(connection, tooManyRequests(waitMs), request);
    const waiting = { connection, head, request, isUrgent, sinceMs: nowMs };
    if (this.#assignSlot(waiting)) return;
    if (isUrgent) return void this.#refuse(connection, REFUSALS.places, request);
    connection.wait();
    this.#line.add(waiting);
    this.#reviewSoon();
  }

  #takeToken({ address }: Connection, nowMs: number, isUrgent: boolean): number {
    const rate = this.#options.rate();
    if (!rate) return 0;
    return isUrgent ? rate.admitOwn(address, nowMs) : rate.admit(address, nowMs);
  }

  /** Whether there is a slot. */
  #assignSlot({ connection, head, isUrgent }: WaitingRequest): boolean {
    const { slots, pass, displace } = this.#options;
    const { isAdmitted, instead } = slots.assign(connection, performance.now());
    if (!isAdmitted) return false;
    this.#line.remove(connection);
    pass(connection, head, isUrgent);
    if (instead) displace(instead);
    return true;
  }

  /** Takes slots from slow readers, and refuses requests that have waited too long. */
  #reviewSoon(): void {
    this.#reviewTimer ??= setTimeout(() => {
      this.#reviewTimer = undefined;
      for (const waiting of this.#line.newest()) this.#assignSlot(waiting);
      const { slowMs } = this.#options.limits;
      for (const { connection, request } of this.#line.removeOlderThan(performance.now() - slowMs))
        this.#refuse(connection, REFUSALS.places, request);
      if (!this.#line.isEmpty) this.#reviewSoon();
    }, REVIEW_MS).unref();
  }

  /** Every refusal counts as a request, so that clients that reconnect after each one are slowed down. */
  #refuse(connection: Connection, refusal: Refusal, request?: RequestLine): void {
    const { counts, urgent, rate } = this.#options;
    const answer = request && urgent(request)?.();
    if (!answer) counts.refused[refusal.reason]++;
    if (refusal.reason !== 'rate') rate()?.spend(connection.address, performance.now());
    connection.refuse(answer ?? plainAnswer(refusal, request?.method !== 'HEAD'));
  }
}

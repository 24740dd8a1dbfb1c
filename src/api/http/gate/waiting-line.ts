import type { Connection } from './connection.ts';
import type { RequestLine } from './request-head.ts';

/** A request that waits for a slot. */
export interface WaitingRequest {
  readonly connection: Connection;
  readonly head: Buffer;
  readonly request: RequestLine;
  readonly isUrgent: boolean;
  readonly sinceMs: number;
}

/** Requests without a slot yet. The newest is served first, because older ones are closer to their timeout. */
export class WaitingLine {
  /** The oldest first. */
  readonly #line = new Map<Connection, WaitingRequest>();

  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  add(waiting: WaitingRequest): void {
    this.#line.set(waiting.connection, waiting);
  }

  remove(connection: Connection): void {
    this.#line.delete(connection);
  }

  /** The newest of this address, or else of any address. */
  next(address: string): WaitingRequest | undefined {
    let [own, any]: (WaitingRequest | undefined)[] = [];
    for (const waiting of this.#line.values()) {
      any = waiting;
      if (waiting.connection.address === address) own = waiting;
    }
    return own ?? any;
  }

  /** The newest of each address. */
  newest(): WaitingRequest[] {
    const newest = new Map<string, WaitingRequest>();
    for (const waiting of this.#line.values()) newest.set(waiting.connection.address, waiting);
    return [...newest.values()];
  }

  /** Removes those that arrived before this time. */
  removeOlderThan(sinceMs: number): WaitingRequest[] {
    const removed: WaitingRequest[] = [];
    for (const waiting of this.#line.values()) {
      if (waiting.sinceMs > sinceMs) break;
      removed.push(waiting);
    }
    for (const { connection } of removed) this.remove(connection);
    return removed;
  }
}

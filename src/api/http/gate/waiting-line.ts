import type { Connection } from './connection.ts';
import type { RequestLine } from './request-head.ts';

/** A request that waits for a place. */
export interface Waiting {
  readonly connection: Connection;
  readonly head: Buffer;
  readonly request: RequestLine;
  readonly isUrgent: boolean;
  readonly sinceMs: number;
}

/** Requests without a place yet. The newest is served first, because older ones are closer to their timeout. */
export class WaitingLine {
  /** The oldest first. */
  readonly #line = new Map<Connection, Waiting>();

  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  add(waiting: Waiting): void {
    this.#line.set(waiting.connection, waiting);
  }

  remove(connection: Connection): void {
    this.#line.delete(connection);
  }

  /** The newest of this address, or else of any address. */
  next(address: string): Waiting | undefined {
    let [own, any]: (Waiting | undefined)[] = [];
    for (const waiting of this.#line.values()) {
      any = waiting;
      if (waiting.connection.address === address) own = waiting;
    }
    return own ?? any;
  }

  /** The newest of each address. */
  newest(): Waiting[] {
    const newest = new Map<string, Waiting>();
    for (const waiting of this.#line.values()) newest.set(waiting.connection.address, waiting);
    return [...newest.values()];
  }

  /** Removes those that arrived before this time. */
  takeOlderThan(sinceMs: number): Waiting[] {
    const taken: Waiting[] = [];
    for (const waiting of this.#line.values()) {
      if (waiting.sinceMs > sinceMs) break;
      taken.push(waiting);
    }
    for (const { connection } of taken) this.remove(connection);
    return taken;
  }
}

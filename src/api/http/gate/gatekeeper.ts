import type { Malformed } from './head-reader.ts';
import type { GateLimits } from './limits.ts';
import type { Turnstile } from './turnstile.ts';

/** Callbacks from a connection to its gate. */
export interface Gatekeeper<Connection> {
  readonly limits: GateLimits;
  /** A request is complete or malformed. The gate passes it on or refuses it. */
  readonly onHead: (connection: Connection, head: Buffer | Malformed) => void;
  /** The kernel may hold this many additional bytes. */
  readonly onHeld: (connection: Connection, bytes: number) => void;
  /** The kernel has the complete response. */
  readonly onAnswered: (connection: Connection) => void;
  /** The client has read its last response. */
  readonly onRead: (connection: Connection) => void;
  /** Resolves when the client has read all data, or the connection is closed. */
  readonly hasRead: (connection: Connection) => Promise<void>;
  /** The same, but may resolve later. */
  readonly mayClose: (connection: Connection) => Promise<void>;
  /** Hands the connection to the HTTP server. */
  readonly serve: (turnstile: Turnstile) => void;
  /** Whether another request is allowed. */
  readonly isOpen: () => boolean;
}

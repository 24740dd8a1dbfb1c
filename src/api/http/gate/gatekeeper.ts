import type { Malformed } from './head-reader.ts';
import type { GateLimits } from './limits.ts';
import type { Turnstile } from './turnstile.ts';

/** What a connection asks of its gate. */
export interface Gatekeeper<Connection> {
  readonly limits: GateLimits;
  /** A request is complete, or never will be: it is to be passed on or refused. */
  readonly onHead: (connection: Connection, head: Buffer | Malformed) => void;
  /** The kernel may hold so many bytes more. */
  readonly onHeld: (connection: Connection, bytes: number) => void;
  /** The kernel has all of an answer. */
  readonly onAnswered: (connection: Connection) => void;
  /** The client has read its last answer. */
  readonly onRead: (connection: Connection) => void;
  /** Resolves when the client has read what it was sent, or the connection is closed. */
  readonly hasRead: (connection: Connection) => Promise<void>;
  /** The same, some time later. */
  readonly mayClose: (connection: Connection) => Promise<void>;
  /** The HTTP server takes over. */
  readonly serve: (turnstile: Turnstile) => void;
  /** Whether there may be another request. */
  readonly isOpen: () => boolean;
}

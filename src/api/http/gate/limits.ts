import type { Lateness } from './late-starts.ts';
import type { Rate } from './token-buckets.ts';

const SECOND_MS = 1000;

/** What the gate allows. Tests choose smaller ones. */
export interface GateLimits {
  /** Connections that one address keeps: two Prometheus servers, probes and people need fewer. */
  readonly perAddress: number;
  /** Connections that are kept in all. */
  readonly total: number;
  /** Open connections, including those that may not be kept. Each costs a file descriptor. */
  readonly open: number;
  /** How long a connection beyond the share of its address may take to send a request. */
  readonly graceMs: number;
  readonly headBytes: number;
  /** What the kernel may hold for all clients together. */
  readonly heldBytes: number;
  readonly handshakeMs: number;
  /** From the connection to the end of its first request head. */
  readonly headMs: number;
  /** Above the usual scrape intervals, so that a scraper keeps its connection. */
  readonly idleMs: number;
  /** A client that takes longer to read an answer loses its place to a client that needs one. */
  readonly slowMs: number;
  /** A client that takes longer to read an answer is cut off: old scrapes stay in memory meanwhile. */
  readonly answerMs: number;
  /** How long the client may take to close after the last answer. */
  readonly closeMs: number;
  /** How long a new connection is not read, if its address has asked for more than it may. */
  readonly debts: Lateness;
  /** TLS handshakes of one address, each of which costs up to a millisecond of CPU. */
  readonly handshakes: Rate;
}

export const GATE_LIMITS: GateLimits = {
  perAddress: 8,
  total: 128,
  open: 320,
  graceMs: 250,
  headBytes: 8192,
  heldBytes: 32 * 1024 ** 2,
  handshakeMs: 5 * SECOND_MS,
  headMs: 10 * SECOND_MS,
  idleMs: 75 * SECOND_MS,
  slowMs: SECOND_MS,
  answerMs: 30 * SECOND_MS,
  closeMs: 10 * SECOND_MS,
  debts: { afterMs: 200, most: 128 },
  handshakes: { intervalMs: 100, burst: 50 },
};

/** Requests of one address: at 40 µs of CPU for a cached answer, one percent of a CPU. */
export const REQUEST_RATE: Rate = { intervalMs: 4, burst: 1000 };

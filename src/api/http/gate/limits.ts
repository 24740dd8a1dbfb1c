import type { Lateness } from './late-starts.ts';
import type { Rate } from './token-buckets.ts';

const SECOND_MS = 1000;

/** Limits of the gate. Tests use smaller ones. */
export interface GateLimits {
  /** Slots per address. Two Prometheus servers, probes and people need fewer. */
  readonly perAddress: number;
  /** Slots in total. */
  readonly total: number;
  /** Open connections, including those without a slot. Each needs a file descriptor. */
  readonly open: number;
  /** Time for a connection beyond the share of its address to send a request. */
  readonly graceMs: number;
  readonly headBytes: number;
  /** Bytes that the kernel may hold for all clients together. */
  readonly heldBytes: number;
  readonly handshakeMs: number;
  /** From the start of the connection to the end of its first request head. */
  readonly headMs: number;
  /** Longer than common scrape intervals, so that scrapers keep their connections. */
  readonly idleMs: number;
  /** After this time, a client that is still reading a response may lose its slot to another client. */
  readonly slowMs: number;
  /** After this time, a client that is still reading is disconnected: its old scrape stays in memory until then. */
  readonly answerMs: number;
  /** Time for the client to close the connection after the last response. */
  readonly closeMs: number;
  /** How long a new connection is not read if its address has exceeded its request rate. */
  readonly debts: Lateness;
  /** TLS handshakes of one address. Each costs up to a millisecond of CPU. */
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

/** Requests of one address. At 40 µs of CPU per cached response, 1 % of a CPU. */
export const REQUEST_RATE: Rate = { intervalMs: 4, burst: 1000 };

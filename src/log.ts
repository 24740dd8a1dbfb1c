import {
  type DestinationStream,
  destination,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';
import { safeJson } from './core/text/safe-text.ts';

export type Log = Logger;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line, on stdout unless told otherwise: times in ISO 8601, levels by name. */
export function createLog(level: LogLevel, into: DestinationStream = destination(1)): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // Names are in messages and errors too, and a terminal may show the log.
    hooks: { streamWrite: safeJson },
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, into);
}

/** Lets one in `everyMs` through, and knows how many it held back since the last. */
export class RateLimit {
  readonly #everyMs: number;
  #nextMs = 0;
  #heldBack = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How many were held back since the last that was let through; undefined: hold this one back. */
  admit(nowMs: number): number | undefined {
    if (nowMs < this.#nextMs) {
      this.#heldBack++;
      return undefined;
    }
    const heldBack = this.#heldBack;
    this.#nextMs = nowMs + this.#everyMs;
    this.#heldBack = 0;
    return heldBack;
  }

  /** After good news: the next trouble is told at once. */
  reset(): void {
    this.#nextMs = 0;
    this.#heldBack = 0;
  }
}

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

/** Logs one JSON object per line, to stdout by default. Times are ISO 8601, levels are names. */
export function createLog(level: LogLevel, into: DestinationStream = destination(1)): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // Messages and errors contain names that users choose, and a terminal may show the log.
    hooks: { streamWrite: safeJson },
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, into);
}

/** Admits one message per `everyMs`, and counts the suppressed ones in between. */
export class RateLimit {
  readonly #everyMs: number;
  #nextMs = 0;
  #suppressed = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** The number of messages suppressed since the last one; undefined: suppress this one. */
  admit(nowMs: number): number | undefined {
    if (nowMs < this.#nextMs) {
      this.#suppressed++;
      return undefined;
    }
    const suppressed = this.#suppressed;
    this.#nextMs = nowMs + this.#everyMs;
    this.#suppressed = 0;
    return suppressed;
  }

  /** Call after a success: admits the next message at once. */
  reset(): void {
    this.#nextMs = 0;
    this.#suppressed = 0;
  }
}

import type { CloseReason } from '../../../core/self/http-counts.ts';
import type { GateLimits } from './limits.ts';

/**
 * opening: no request yet · answering: the server makes a response · sending: the client reads it ·
 * idle: between two requests · queued: its request waits for a slot · closing: the last response is
 * sent.
 */
export type ConnectionStage = 'opening' | 'answering' | 'sending' | 'idle' | 'queued' | 'closing';

/** The state of a connection, with its times. */
export interface Progress {
  readonly stage: ConnectionStage;
  /** Time in this stage. */
  readonly waitedMs: number;
  /** Time since the current request. */
  readonly answerMs: number;
  /** Whether requests can arrive: without TLS at once, with TLS after the handshake. */
  readonly isSecure: boolean;
  /** Whether part of the next request has arrived. */
  readonly hasBegun: boolean;
}

/** Why a connection must be closed. `idle`: the pause between requests was too long. */
export function overdueReason(
  { stage, waitedMs, answerMs, isSecure, hasBegun }: Progress,
  limits: GateLimits,
): CloseReason | 'idle' | undefined {
  switch (stage) {
    case 'opening':
      if (!isSecure && waitedMs >= limits.handshakeMs) return 'handshake';
      return waitedMs >= limits.headMs ? 'request' : undefined;
    case 'idle':
      if (waitedMs < limits.idleMs) return undefined;
      return hasBegun ? 'request' : 'idle';
    case 'queued':
      return waitedMs >= limits.headMs ? 'request' : undefined;
    case 'closing':
      return waitedMs >= limits.closeMs ? 'reader' : undefined;
    default:
      return answerMs >= limits.answerMs ? 'reader' : undefined;
  }
}

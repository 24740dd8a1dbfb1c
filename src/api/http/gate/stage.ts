import type { CloseReason } from '../../../core/self/http-counts.ts';
import type { GateLimits } from './limits.ts';

/**
 * opening: no request yet · answering: the server makes an answer · sending: the client reads it ·
 * idle: between two requests · queued: its request waits for a place · closing: the last answer is
 * sent.
 */
export type Stage = 'opening' | 'answering' | 'sending' | 'idle' | 'queued' | 'closing';

/** How far a connection is. */
export interface Progress {
  readonly stage: Stage;
  /** In this stage. */
  readonly waitedMs: number;
  /** Since the request that is being answered. */
  readonly answerMs: number;
  /** Whether requests can come: without TLS at once, else after the handshake. */
  readonly isSecure: boolean;
  /** Whether the next request has begun. */
  readonly hasBegun: boolean;
}

/** Why a connection has to be closed; `idle` for a pause that was too long. */
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

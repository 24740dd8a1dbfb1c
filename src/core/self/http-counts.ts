/** Why a connection was closed by the server, other than for a pause between requests. */
export const CLOSE_REASONS = ['share', 'handshake', 'request', 'reader'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** Why a request got no answer but a refusal. */
export const REFUSAL_REASONS = [
  'rate',
  'places',
  'method',
  'malformed',
  'host',
  'credentials',
  'forbidden',
  'unavailable',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What the HTTP server turned away, and how many connections it has. */
export class HttpCounts {
  connections = 0;
  readonly closed: Record<CloseReason, number> = zeros(CLOSE_REASONS);
  readonly refused: Record<RefusalReason, number> = zeros(REFUSAL_REASONS);
}

function zeros<Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
}

/** Reasons why the server closed a connection, other than idle time between requests. */
export const CLOSE_REASONS = ['share', 'handshake', 'request', 'reader'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** Reasons why a request was refused. */
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

/** Connections and requests that the HTTP server refused, and its open connections. */
export class HttpCounts {
  connections = 0;
  readonly closed: Record<CloseReason, number> = zeros(CLOSE_REASONS);
  readonly refused: Record<RefusalReason, number> = zeros(REFUSAL_REASONS);
}

function zeros<Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
}

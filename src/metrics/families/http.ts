import { Counter, Gauge, type Registry } from 'prom-client';
import type { HttpCounts } from '../../core/self/http-counts.ts';

/** Registers the connections of the HTTP server, and those that it closed or refused. */
export function httpMetrics(registry: Registry, counts: HttpCounts): void {
  const registers = [registry];
  new Gauge({
    name: 'vigia_http_connections',
    help: 'Open connections to the HTTP server.',
    registers,
    collect() {
      this.set(counts.connections);
    },
  });
  const perReason = (name: string, help: string, read: () => Readonly<Record<string, number>>) =>
    new Counter({
      name: `vigia_http_${name}_total`,
      help,
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(read())) this.inc({ reason }, count);
      },
    });
  perReason(
    'connections_closed',
    'Connections closed by the HTTP server, by reason: share (another connection of the same address, or of an address with fewer connections, needed the place), handshake (TLS handshakes too slow or too frequent), request (the client took too long to send a request), reader (the client did not read the response).',
    () => counts.closed,
  );
  perReason(
    'requests_refused',
    'Requests refused by the HTTP server, by reason: rate (429), places (503, all connections of the address are in use), method (405), malformed (400, 431), host (421), credentials (401, 429), forbidden (403), unavailable (503, the Kubernetes API cannot be reached).',
    () => counts.refused,
  );
}

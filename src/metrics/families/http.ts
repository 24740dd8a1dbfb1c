import { Counter, Gauge, type Registry } from 'prom-client';
import type { HttpCounts } from '../../core/self/http-counts.ts';

/** Tells whom the HTTP server turns away. */
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
    'Connections closed by the HTTP server: share (others of the address, or of addresses with fewer, needed the place), handshake (TLS too slow or too often), request (took too long to send one), reader (did not read the answer).',
    () => counts.closed,
  );
  perReason(
    'requests_refused',
    'Requests that the HTTP server refused: rate (429), places (503, all connections of the address are in use), method (405), malformed (400, 431), host (421), credentials (401, 429), forbidden (403), unavailable (503, the Kubernetes API cannot be asked).',
    () => counts.refused,
  );
}

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { CLOSE_REASONS, HttpCounts, REFUSAL_REASONS } from '../../core/self/http-counts.ts';
import { registryText } from '../text/registry-text.ts';
import { httpMetrics } from './http.ts';

test('refused requests and closed connections are shown by reason, from zero on', async () => {
  const [registry, counts] = [new Registry(), new HttpCounts()];
  httpMetrics(registry, counts);
  counts.connections = 3;
  counts.closed.share += 2;
  counts.refused.rate++;
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await registryText(registry, 'prometheus');
    expect(text).toContain('vigia_http_connections 3\n');
    expect(text).toContain('vigia_http_connections_closed_total{reason="share"} 2\n');
    expect(text).toContain('vigia_http_connections_closed_total{reason="reader"} 0\n');
    expect(text).toContain('vigia_http_requests_refused_total{reason="rate"} 1\n');
    expect(text.match(/reason=/g)).toHaveLength(CLOSE_REASONS.length + REFUSAL_REASONS.length);
  }
});

test('the help of each metric explains all of its reasons', async () => {
  const registry = new Registry();
  httpMetrics(registry, new HttpCounts());
  const helpOf = (name: string) => registry.getSingleMetricAsString(`vigia_http_${name}_total`);
  for (const reason of CLOSE_REASONS)
    expect(await helpOf('connections_closed')).toMatch(new RegExp(`HELP.*\\b${reason} \\(`));
  for (const reason of REFUSAL_REASONS)
    expect(await helpOf('requests_refused')).toMatch(new RegExp(`HELP.*\\b${reason} \\(`));
});

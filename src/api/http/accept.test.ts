import { describe, expect, test } from 'vitest';
import { acceptsGzip, expositionFormat, Negotiation } from './accept.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,' +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3_WITH_PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,' +
  'text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('the exposition format', () => {
  test.each([
    ['Prometheus 2', PROMETHEUS_2, 'openmetrics'],
    ['Prometheus 3', PROMETHEUS_3_WITH_PROTOBUF, 'openmetrics'],
    ['curl', '*/*', 'prometheus'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'prometheus'],
    ['no header', undefined, 'prometheus'],
    ['an empty header', '', 'prometheus'],
    [
      'a client that prefers text',
      'application/openmetrics-text;q=0.4, text/plain;q=0.5',
      'prometheus',
    ],
    ['a client that accepts both', 'text/plain, application/openmetrics-text', 'openmetrics'],
    ['a client that refuses OpenMetrics', 'application/openmetrics-text;q=0', 'prometheus'],
    [
      'a client that wants a future version',
      'application/openmetrics-text; version=2.0.0',
      'prometheus',
    ],
    [
      'spaces and capitals',
      ' Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 ',
      'openmetrics',
    ],
    ['a weight that is not a number', 'application/openmetrics-text;q=lots', 'prometheus'],
    ['a client that accepts neither', 'application/json', 'prometheus'],
  ] as const)('for %s', (_who, accept, format) => {
    expect(expositionFormat(accept)).toBe(format);
  });
});

describe('gzip', () => {
  test.each([
    ['gzip', true],
    ['deflate, GZIP;q=0.5', true],
    ['*', true],
    ['br', false],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ] as const)('under Accept-Encoding %s is %s', (header, wanted) => {
    expect(acceptsGzip(header)).toBe(wanted);
  });
});

test('both are cached, by both headers', () => {
  const negotiation = new Negotiation();
  for (let round = 0; round < 50; round++) {
    expect(negotiation.of(PROMETHEUS_2, 'gzip')).toEqual({
      format: 'openmetrics',
      isGzipped: true,
    });
    expect(negotiation.of(PROMETHEUS_2)).toEqual({ format: 'openmetrics', isGzipped: false });
    expect(negotiation.of(undefined, 'gzip')).toEqual({ format: 'prometheus', isGzipped: true });
    negotiation.of(`text/x-${round}`, 'br');
  }
});

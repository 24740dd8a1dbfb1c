import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { CHART, find, render, renderChart, withFiles } from '../../lab/kubernetes/helm.ts';
import { isTree } from '../../tools/gen/chart-values.ts';

describe('values', () => {
  test.each([
    ['settings.intervall=5s', "at '/settings': additional properties 'intervall' not allowed"],
    ['settings.interval=5', "at '/settings/interval': got number, want string"],
    ['settings.interval=soon', "at '/settings/interval': 'soon' does not match pattern"],
    ['settings.peers=all', "at '/settings/peers': value must be one of 'node', 'cluster'"],
    ['settings.mapMemory=128Mi', "at '/settings/mapMemory': '128Mi' does not match pattern"],
    [
      'prometheus.scrape=yes',
      "must be one of 'annotations', 'PodMonitor', 'ServiceMonitor', 'none'",
    ],
    ['updateStrategy.rollingUpdate.maxSurge=1', "maxSurge': value must be 0"],
    ['uid=0', "at '/uid': minimum: got 0, want 1"],
    ['image.digest=latest', "at '/image/digest': 'latest' does not match pattern"],
    ['hostPID=true', "additional properties 'hostPID' not allowed"],
    ['settings.kubernetes=off,settings.peers=cluster', 'peers: cluster needs the Kubernetes API'],
    ['prometheus.scrape=ServiceMonitor,service.enabled=false', 'alternatively, use PodMonitor'],
    ['settings.auth=on', "at '/settings/auth': value must be one of 'off', 'kubernetes'"],
    ['rbac.scrapers[0].name=prometheus', "missing property 'namespace'"],
    ['webConfig.existingSecret=a,webConfig.config.rate_limit.burst=1', 'cannot be combined'],
    ['webConfig.tlsSecret=a', 'needs webConfig.config with tls_server_config, or existingSecret'],
  ])('%s is rejected with the reason', async (pair, reason) => {
    await expect(render(`--set=${pair}`)).rejects.toThrow(reason);
  });

  test('the schema contains each value, and every object is closed', () => {
    const defaults = load(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
    const { global: _, ...own } = schema.properties; // helm's own
    expect(strayKeys(defaults, { ...schema, properties: own }, '')).toEqual([]);
  });
});

/** Keys that are only in the defaults or only in the schema. */
function strayKeys(defaults: unknown, schema: unknown, path: string): string[] {
  if (!isTree(schema) || !isTree(schema['properties'])) return [];
  const properties = schema['properties'];
  if (!isTree(defaults)) return [`${path}: no tree in values.yaml`];
  const keys = new Set([...Object.keys(defaults), ...Object.keys(properties)]);
  return [...keys].flatMap((key) =>
    key in defaults && key in properties
      ? strayKeys(defaults[key], properties[key], `${path}/${key}`)
      : `${path}/${key}`,
  );
}

describe('Prometheus', () => {
  test.each(['PodMonitor', 'ServiceMonitor'])('discovers the pods through a %s', async (kind) => {
    const { spec } = find(await render(`--set=prometheus.scrape=${kind}`), kind);
    const [endpoint] = spec.podMetricsEndpoints ?? spec.endpoints;
    expect(endpoint).toMatchObject({ port: 'metrics', path: '/metrics', honorLabels: true });
    const dropped = { action: 'labeldrop', regex: 'namespace|pod|container' };
    expect(endpoint.relabelings).toContainEqual(dropped);
  });

  test('uses annotations or a monitor, never both', async () => {
    const annotations = async (...flags: string[]) =>
      Object.keys(find(await render(...flags), 'DaemonSet')['spec'].template.metadata.annotations);
    expect(await annotations()).toContain('prometheus.io/scrape');
    for (const how of ['PodMonitor', 'ServiceMonitor', 'none'])
      expect(await annotations(`--set=prometheus.scrape=${how}`)).not.toContain(
        'prometheus.io/scrape',
      );
  });
});

describe('dashboards', () => {
  const DASHBOARD = '{ "title": "Pods", "panels": [{ "legendFormat": "{{pod}}" }] }\n';

  test('are ConfigMaps that Grafana’s sidecar finds, unchanged', async () => {
    const flags = ['--set=dashboards.enabled=true', '--set=dashboards.namespace=grafana'];
    const objects = await withFiles({ 'dashboards/pods.json': DASHBOARD }, (chart) =>
      renderChart(chart, ...flags),
    );
    const { metadata, ...map } = find(objects, 'ConfigMap');
    expect(metadata).toMatchObject({ name: 'vigia-dashboard-pods', namespace: 'grafana' });
    expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(map['data']).toEqual({ 'pods.json': DASHBOARD.trim() });
  });

  test('are left out if none are shipped', async () => {
    const objects = await withFiles({}, (chart) =>
      renderChart(chart, '--set=dashboards.enabled=true', '--set=prometheus.rules.enabled=true'),
    );
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds).not.toContain('ConfigMap');
    expect(kinds).not.toContain('PrometheusRule');
  });
});

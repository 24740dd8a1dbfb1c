import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { environmentOf, find, type Manifest, render, valuesOf } from '../../lab/kubernetes/helm.ts';

const set = (...pairs: readonly string[]) => pairs.map((pair) => `--set=${pair}`);
const TLS = set(
  'webConfig.config.tls_server_config.cert_file=tls/tls.crt',
  'webConfig.config.tls_server_config.key_file=tls/tls.key',
  'webConfig.tlsSecret=vigia-tls',
);

function podOf(objects: readonly Manifest[]) {
  return find(objects, 'DaemonSet')['spec'].template.spec;
}

function named(objects: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

describe('read access to metrics', () => {
  test('is open by default, with no additional permission', async () => {
    const objects = await render();
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'ClusterRole')).toHaveLength(1);
    expect(kinds).not.toContain('Secret');
    const [daemon] = podOf(objects).containers;
    expect(environmentOf(daemon).get('VIGIA_AUTH')).toBe('off');
    expect(daemon.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
  });

  test('by token requires the scraper’s role, and only then are tokens checked', async () => {
    const objects = await render(valuesOf('protected'));
    expect(named(objects, 'ClusterRole', 'vigia')?.['rules']).toEqual([
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['subjectaccessreviews'],
        verbs: ['create'],
      },
    ]);
    expect(named(objects, 'ClusterRole', 'vigia-scraper')?.['rules']).toEqual([
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ]);
    const binding = named(objects, 'ClusterRoleBinding', 'vigia-scraper');
    expect(binding?.['roleRef'].name).toBe('vigia-scraper');
    expect(binding?.['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    ]);
    const { containers, volumes } = podOf(objects);
    expect(volumes.map(({ name }: { name: string }) => name)).toContain('api-access');
    const environment = environmentOf(containers[0]);
    expect([environment.get('VIGIA_AUTH'), environment.get('VIGIA_KUBERNETES')]).toEqual([
      'kubernetes',
      'off',
    ]);
  });

  test('by network follows the policy', async () => {
    const { spec } = find(await render(valuesOf('protected')), 'NetworkPolicy');
    const matchLabels = { 'kubernetes.io/metadata.name': 'monitoring' };
    expect(spec.ingress).toEqual([
      {
        ports: [{ port: 'metrics', protocol: 'TCP' }],
        from: [{ namespaceSelector: { matchLabels } }],
      },
    ]);
  });
});

describe('a web configuration', () => {
  test('is a Secret that the daemon mounts with the certificate it names', async () => {
    const objects = await render(...TLS, ...set('webConfig.config.rate_limit.interval=1s'));
    const secret = find(objects, 'Secret');
    expect(load(secret['stringData']['web.yaml'])).toEqual({
      tls_server_config: { cert_file: 'tls/tls.crt', key_file: 'tls/tls.key' },
      rate_limit: { interval: '1s' },
    });
    const { containers, initContainers, volumes } = podOf(objects);
    const [{ volumeMounts }] = containers;
    const file = environmentOf(containers[0]).get('VIGIA_WEB_CONFIG_FILE');
    expect(file).toBe('/etc/vigia-web/web.yaml');
    const mount = { name: 'web-config', mountPath: '/etc/vigia-web', readOnly: true };
    expect(volumeMounts).toContainEqual(mount);
    expect(initContainers[0].volumeMounts).not.toContainEqual(mount);
    const volume = volumes.find(({ name }: { name: string }) => name === 'web-config');
    expect(volume.projected.sources.map((source: Manifest) => source['secret'].name)).toEqual([
      'vigia-web',
      'vigia-tls',
      'vigia-tls',
    ]);
  });

  test('managed elsewhere is the Secret with the given name', async () => {
    const objects = await render(...set('webConfig.existingSecret=mine', 'webConfig.https=true'));
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
    const { volumes, containers } = podOf(objects);
    const volume = volumes.find(({ name }: { name: string }) => name === 'web-config');
    expect(volume.projected.sources).toEqual([{ secret: { name: 'mine' } }]);
    expect(containers[0].readinessProbe.httpGet.scheme).toBe('HTTPS');
  });

  test("with TLS has probes, annotations and the chart's own test speak it", async () => {
    const objects = await render(...TLS);
    const { spec } = find(objects, 'DaemonSet');
    const { livenessProbe, readinessProbe } = spec.template.spec.containers[0];
    expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics', scheme: 'HTTPS' });
    expect(readinessProbe.httpGet.scheme).toBe('HTTPS');
    expect(livenessProbe.periodSeconds).toBe(15);
    expect(spec.template.metadata.annotations['prometheus.io/scheme']).toBe('https');
    const [container] = find(objects, 'Pod')['spec'].containers;
    expect(container.args.slice(-2)).toEqual(['https', 'open']);
    expect(environmentOf(container).get('NODE_TLS_REJECT_UNAUTHORIZED')).toBe('0');
  });

  test.each([
    [set('settings.auth=kubernetes'), 'protected'],
    [set('webConfig.config.basic_auth_users.a=b'), 'protected'],
    [set('webConfig.existingSecret=a'), 'protected'],
    [set('webConfig.config.rate_limit.interval=1s'), 'open'],
    [[], 'open'],
  ])("makes the chart's own test look at what it may see: %j", async (flags, access) => {
    const [container] = find(await render(...flags), 'Pod')['spec'].containers;
    expect(container.args.at(-1)).toBe(access);
  });
});

test.each(['PodMonitor', 'ServiceMonitor'])(
  'a %s has what Prometheus needs to be let in',
  async (kind) => {
    const monitor = 'prometheus.monitor';
    const objects = await render(
      ...TLS,
      ...set(
        `prometheus.scrape=${kind}`,
        `${monitor}.authorization.credentials.name=token-of-prometheus`,
        `${monitor}.authorization.credentials.key=token`,
        `${monitor}.basicAuth.username.name=user`,
        `${monitor}.basicAuth.username.key=name`,
        `${monitor}.tlsConfig.serverName=vigia.example.com`,
      ),
    );
    const { spec } = find(objects, kind);
    const [endpoint] = spec.podMetricsEndpoints ?? spec.endpoints;
    expect(endpoint).toMatchObject({
      scheme: 'https',
      authorization: { credentials: { name: 'token-of-prometheus', key: 'token' } },
      basicAuth: { username: { name: 'user', key: 'name' } },
      tlsConfig: { serverName: 'vigia.example.com' },
    });
  },
);

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { find, render } from '../../lab/kubernetes/helm.ts';
import { makeAccount } from '../../lab/kubernetes/kube-objects.ts';
import { startConfigured } from '../../lab/monitoring/prometheus.ts';
import { attack } from '../../lab/network/hostile-crowd.ts';
import { until } from '../../lab/process/process.ts';
import { runVigia } from '../../lab/scene/daemon.ts';
import { type GuardedDaemon, openGuardedDaemon } from '../../lab/scene/guarded-daemon.ts';

let guarded: GuardedDaemon;

beforeAll(async () => {
  guarded = await openGuardedDaemon();
});

afterAll(() => guarded?.[Symbol.asyncDispose]());

describe('with --auth=kubernetes', () => {
  test('a service account with access to /metrics gets only that', async () => {
    const { scraper, request, statusOf } = guarded;
    const token = await scraper.token();
    const { status, text } = await request(token);
    expect([status, text.includes('vigia_pod_info{')]).toEqual([200, true]);
    expect([await statusOf(token, '/'), await statusOf(token, '/nothing')]).toEqual([403, 403]);
  });

  test('an account without access, and a client without a token, get only health checks', async () => {
    const { api, scraper, request, statusOf } = guarded;
    const other = await makeAccount(api, []);
    expect(await statusOf(await other.token())).toBe(403);
    const { status, headers } = await request();
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="vigia"']);
    for (const wrong of ['nonsense', `${await scraper.token()}x`, api.tokens.get('nobody') ?? 'x'])
      expect(await statusOf(wrong)).toBe(401);
    expect([await statusOf(undefined, '/healthz'), await statusOf(undefined, '/readyz')]).toEqual([
      200, 200,
    ]);
  });

  test('an administrator gets the page, too', async () => {
    const { api, statusOf } = guarded;
    const token = api.tokens.get('admin');
    expect([await statusOf(token, '/'), await statusOf(token)]).toEqual([200, 200]);
  });

  test('while the API is unavailable, only recently checked tokens are accepted', async () => {
    const { daemon, relay, scraper, request, statusOf } = guarded;
    const [known, fresh] = [await scraper.token(), await scraper.token()];
    expect(await statusOf(known)).toBe(200);
    relay.cut();
    const { status, headers } = await request(fresh);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect([await statusOf(known), await statusOf(undefined, '/healthz')]).toEqual([200, 200]);
    relay.mend();
    await until('the API to be asked again', async () => (await statusOf(fresh)) === 200);
    const errors = daemon.log().filter(({ level }) => level === 'error');
    expect(errors.map(({ msg }) => msg)).toEqual(['token review failed']);
  });

  test('invented tokens do not lock out a scraper', async () => {
    const { daemon, scraper, statusOf } = guarded;
    const token = await scraper.token();
    const how = { kind: 'invents tokens', connections: 40, addresses: 40 } as const;
    await using crowd = await attack(daemon.url, how);
    await until(
      'many to be refused',
      async () => ((await crowd.outcome()).answers['401'] ?? 0) > 100,
    );
    await until('the scraper to be served', async () => (await statusOf(token)) === 200);
    for (let i = 0; i < 8; i++) expect(await statusOf(token)).toBe(200);
  });

  test('a real Prometheus scrapes with the authorization of its PodMonitor', async () => {
    const { api, daemon, scraper } = guarded;
    const [name, key] = ['token-of-prometheus', 'token'];
    const stringData = { [key]: await scraper.token() };
    await api.request('POST', '/api/v1/namespaces/default/secrets', {
      metadata: { name },
      stringData,
    });
    const monitor = 'prometheus.monitor.authorization.credentials';
    const objects = await render(
      '--set=prometheus.scrape=PodMonitor,settings.auth=kubernetes',
      `--set=${monitor}.name=${name},${monitor}.key=${key}`,
    );
    const [{ authorization }] = find(objects, 'PodMonitor')['spec'].podMetricsEndpoints;
    // Like the operator: the key of the Secret becomes the credentials.
    const wanted = authorization.credentials;
    const { data } = await api.request('GET', `/api/v1/namespaces/default/secrets/${wanted.name}`);
    const credentials = Buffer.from(data[wanted.key], 'base64').toString();
    const target = { static_configs: [{ targets: [new URL(daemon.url).host] }] };
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'admitted', ...target, authorization: { credentials } },
        { job_name: 'refused', ...target },
      ],
    };
    await using prometheus = await startConfigured(JSON.stringify(config), []);
    const healths = async () =>
      (await prometheus.targets()).map(({ labels, health }) => `${labels['job']} ${health}`).sort();
    const isScraped = async () => (await healths()).join() === 'admitted up,refused down';
    await until('both to be scraped', isScraped);
    expect(await prometheus.number('count(vigia_pod_info)')).toBe(3);
  });
});

test('it does not start without an API', async () => {
  const { code, stderr } = await runVigia([
    ...['run', '--replay=/nowhere', '--listen=127.0.0.1:0', '--auth=kubernetes'],
  ]);
  expect([code, stderr]).toEqual([
    1,
    'vigia: --auth=kubernetes needs the Kubernetes API: a pod with a service account, or --kubeconfig\n',
  ]);
});

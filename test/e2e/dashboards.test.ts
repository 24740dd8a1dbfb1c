import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pair } from '../../lab/monitoring/observatory.ts';
import { type Prometheus, startPrometheus } from '../../lab/monitoring/prometheus.ts';
import { fastRules } from '../../lab/monitoring/rules.ts';
import { exchange } from '../../lab/network/dns-peers.ts';
import { openNetwork } from '../../lab/network/network.ts';
import { ROOT } from '../../lab/process/checkout.ts';
import { compiled, runInside, startInside, until } from '../../lab/process/process.ts';
import { startDaemon } from '../../lab/scene/daemon.ts';
import { openScene } from '../../lab/scene/scene.ts';
import { a, QNAME, query, response } from '../../src/core/dns/compose.ts';

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; definition?: string }[] };
}

const FOLDER = join(ROOT, 'deploy/dashboards');
const dashboards = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard,
);

/** Panels that are empty on a healthy host without Kubernetes, or for its first three days. */
const MAY_BE_EMPTY = ['Throttled', 'Lost events', 'Watches of the Kubernetes API'];
const NAME = 'web.test';
const TAKES_DAYS = /:rate5m_max7d\b/;

const stack = new AsyncDisposableStack();
let prometheus: Prometheus;
let chosen: Readonly<Record<string, string>>;

beforeAll(async () => {
  const scene = stack.use(await openScene());
  const network = stack.use(await openNetwork());
  const daemon = stack.use(await startDaemon(scene.options, ['--node-name=n1']));
  prometheus = stack.use(await startPrometheus(daemon.url, { rules: fastRules() }));
  const [client, server] = [scene.makeCgroup('client'), scene.makeCgroup('server')];
  const pair = stack.use(new Pair(client, server, network));
  stack.use(await startInside(client, [compiled('work'), 'spin', '2']));
  await pair.sendDatagrams(4, 10, 1000);
  await pair.sendStream(4, 10_000);
  const at = { client: network.west.addresses[4], server: network.east.addresses[4] };
  const dns = await exchange(pair.client, pair.server, at);
  await dns.sendQuery(query(NAME));
  await dns.answer(response(NAME, [a(QNAME, '192.0.2.80')]));
  const disguise = mkdtempSync(join(tmpdir(), 'vigia-test-'));
  stack.defer(() => rmSync(disguise, { recursive: true }));
  copyFileSync('/bin/true', join(disguise, 'xmrig'));
  await runInside(client, [join(disguise, 'xmrig'), '-o', 'stratum+tcp://pool.example:3333']);
  chosen = { node: 'n1', namespace: basename(scene.cgroup), pod: 'client' };
});

afterAll(() => stack.disposeAsync());

describe.each(dashboards)('$title', ({ panels, templating }) => {
  const queries = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );

  test('each query succeeds, with data if there can be any', async () => {
    expect(queries.length).toBeGreaterThan(5);
    for (const { title, expr } of queries) {
      const filled = filledIn(expr);
      if (MAY_BE_EMPTY.includes(title) || TAKES_DAYS.test(expr)) await prometheus.query(filled);
      else
        await until(`${title}: ${filled}`, async () => (await prometheus.query(filled)).length > 0);
    }
  });

  test('each variable has values', async () => {
    for (const { name, definition } of templating.list) {
      if (definition === undefined) continue;
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      const found = await prometheus.query(`count by (${label}) (${filledIn(selector)})`);
      expect(found.length, name).toBeGreaterThan(0);
    }
  });

  test('each query is limited to the selected clusters and the dashboard’s time range', () => {
    for (const { expr } of queries) {
      for (const [selector] of expr.matchAll(/[\w:]*vigia_[\w:]+(?:\{[^}]*\})?/g))
        expect(selector).toContain('{cluster=~"$cluster"');
      for (const [, range] of expr.matchAll(/\[(.*?)\]/g)) expect(range).toBe('$__rate_interval');
    }
  });
});

/** Replaces variables like Grafana, with "all" for multi-value ones. */
function filledIn(promql: string): string {
  return promql
    .replaceAll('$__rate_interval', '1m')
    .replaceAll(/(?<==~")\$\w+/g, '.*')
    .replaceAll(/\$(\w+)/g, (whole, name: string) => chosen[name] ?? whole);
}

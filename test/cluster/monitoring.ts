import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import {
  type Alertmanager,
  exampleRoutes,
  type Message,
  startAlertmanager,
  startReceivers,
} from '../../lab/monitoring/alertmanager.ts';
import { type Prometheus, startConfigured } from '../../lab/monitoring/prometheus.ts';
import { fastRules } from '../../lab/monitoring/rules.ts';
import { ROOT } from '../../lab/process/checkout.ts';
import type { Cluster } from './cluster.ts';

const EXAMPLE = join(ROOT, 'deploy/examples/prometheus.yaml');
const READER = join(import.meta.dirname, 'manifests/prometheus.yaml');

/** The examples of deploy/ in a running cluster. Removed at disposal. */
export interface Monitoring extends AsyncDisposable {
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly messages: () => readonly Message[];
}

export async function startMonitoring(cluster: Cluster): Promise<Monitoring> {
  await using stack = new AsyncDisposableStack();
  const { netns, address, machine } = cluster.network;
  const place = { netns, address };
  const receivers = stack.use(await startReceivers(machine));
  const alertmanager = stack.use(await startAlertmanager(exampleRoutes(receivers), place));
  const config = await discovery(cluster, alertmanager.url);
  const prometheus = stack.use(await startConfigured(config, fastRules(), place));
  const all = stack.move();
  return {
    prometheus,
    alertmanager,
    messages: receivers.messages,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Config {
  readonly global: Record<string, unknown>;
  rule_files: readonly string[];
  alerting?: unknown;
  readonly scrape_configs: readonly {
    readonly kubernetes_sd_configs: readonly Record<string, unknown>[];
  }[];
}

/** The example's configuration, with shorter intervals, for a Prometheus outside the cluster. */
async function discovery({ control, kubectl }: Cluster, alertmanager: string): Promise<string> {
  const { api } = control;
  await kubectl('apply', `--filename=${READER}`);
  const token = join(api.directory, 'prometheus.token');
  await writeFile(token, await kubectl('create', 'token', 'prometheus', '--duration=3h'));
  const config = load(readFileSync(EXAMPLE, 'utf8')) as Config;
  Object.assign(config.global, { scrape_interval: '5s', evaluation_interval: '2s' });
  config.rule_files = ['rules-*.yaml'];
  config.alerting = {
    alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }],
  };
  for (const job of config.scrape_configs)
    for (const sdConfig of job.kubernetes_sd_configs)
      Object.assign(sdConfig, {
        api_server: `https://${api.address}:${api.port}`,
        authorization: { credentials_file: token },
        tls_config: { ca_file: join(api.directory, 'ca.crt') },
      });
  return dump(config);
}

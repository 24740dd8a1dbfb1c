import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TOOLS } from '../process/checkout.ts';
import { type MonitoringTool, startTool, type ToolPlace } from './monitoring-tool.ts';
import { type Labels, type Sample, Samples } from './samples.ts';

/** A scrape target in Prometheus. */
export interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Labels;
}

/** A real Prometheus that scrapes every second. At disposal it is removed with its data. */
export interface Prometheus extends AsyncDisposable {
  /** An instant query at the current time. */
  readonly query: (promql: string) => Promise<Sample[]>;
  /** The value of a query with one result. */
  readonly number: (promql: string) => Promise<number>;
  /** Label sets of the matching series that had a sample recently. */
  readonly series: (selector: string) => Promise<Labels[]>;
  readonly target: () => Promise<Target>;
  readonly targets: () => Promise<readonly Target[]>;
  /** Prometheus's metrics about itself. */
  readonly own: () => Promise<Samples>;
  /** Log lines above the level info. */
  readonly complaints: () => string[];
}

/** Options besides scraping. */
export interface PrometheusOptions {
  /** Texts of rule files, evaluated each second. */
  readonly rules?: readonly string[];
  /** The Alertmanager that it sends alerts to. */
  readonly alertmanager?: string;
}

/** Starts a Prometheus that scrapes the target each second, on a free port of loopback. */
export async function startPrometheus(
  url: string,
  { rules = [], alertmanager }: PrometheusOptions = {},
): Promise<Prometheus> {
  return await startConfigured(configFor(new URL(url).host, alertmanager), rules);
}

/** Starts a Prometheus with this configuration, and with these texts as `rules-*.yaml` beside it. */
export async function startConfigured(
  config: string,
  rules: readonly string[],
  place?: ToolPlace,
): Promise<Prometheus> {
  const flagsIn = async (directory: string) => {
    const path = join(directory, 'prometheus.yml');
    await writeFile(path, config);
    for (const [i, text] of rules.entries())
      await writeFile(join(directory, `rules-${i}.yaml`), text);
    return [`--config.file=${path}`, `--storage.tsdb.path=${join(directory, 'data')}`];
  };
  return prometheusOf(await startTool('prometheus', flagsIn, place));
}

/** Errors that promtool reports for a scrape in Prometheus's text format; empty if there are none. */
export async function checkMetrics(text: string): Promise<string> {
  return await new Promise((resolve) => {
    const args = ['check', 'metrics'];
    const child = execFile(join(TOOLS, 'promtool'), args, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error && stdout + stderr === '' ? error.message : ''}`),
    );
    child.stdin?.end(text);
  });
}

function configFor(target: string, alertmanager: string | undefined): string {
  const alertmanagers = alertmanager === undefined ? '' : `'${new URL(alertmanager).host}'`;
  return `
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
scrape_configs:
  - job_name: vigia
    honor_labels: true
    static_configs: [{ targets: ['${target}'] }]
rule_files: [rules-*.yaml]
alerting: { alertmanagers: [{ static_configs: [{ targets: [${alertmanagers}] }] }] }
`;
}

function prometheusOf(tool: MonitoringTool): Prometheus {
  const api = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const { data, error } = await tool.get<Answer<T>>(`/api/v1/${path}`, parameters);
    if (error !== undefined) throw new Error(`${JSON.stringify(parameters)}: ${error}`);
    return data;
  };
  const query: Prometheus['query'] = async (promql) => {
    const { result } = await api<Vector>('query', { query: promql });
    return result.map(({ metric: { __name__: name = '', ...labels }, value: [, reading] }) => ({
      name,
      labels,
      reading: Number(reading),
    }));
  };
  const targets = async () =>
    (await api<{ activeTargets: readonly Target[] }>('targets')).activeTargets;
  return {
    query,
    targets,
    number: async (promql) => {
      const [answer, ...others] = await query(promql);
      if (answer === undefined || others.length > 0)
        throw new Error(`${promql}: want one answer: ${JSON.stringify([answer, ...others])}`);
      return answer.reading;
    },
    series: (selector) => api<Labels[]>('series', { 'match[]': selector }),
    target: async () => {
      const [target] = await targets();
      if (target === undefined) throw new Error('Prometheus has no target');
      return target;
    },
    own: async () => new Samples(await (await fetch(`${tool.url}/metrics`)).text()),
    complaints: () =>
      tool
        .log()
        .split('\n')
        .filter((line) => / level=(?:warn|error) /.test(line)),
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
}

interface Answer<T> {
  readonly data: T;
  readonly error?: string;
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [time: number, reading: string];
  }[];
}

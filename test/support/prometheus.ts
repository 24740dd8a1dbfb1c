import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithTests } from './children.ts';
import { until } from './process.ts';
import { type Labels, type Sample, Samples } from './samples.ts';

const TOOLS = join(import.meta.dirname, '../../build/tools');

/** A target as Prometheus sees it. */
export interface Target {
  readonly health: string;
  readonly lastError: string;
}

/** A real Prometheus that scrapes every second. Disposed, it and its data are gone. */
export interface Prometheus extends AsyncDisposable {
  /** An instant query, as of now. */
  readonly query: (promql: string) => Promise<Sample[]>;
  /** Of a query that has one answer. */
  readonly number: (promql: string) => Promise<number>;
  /** Label sets of the series that match and had a sample of late. */
  readonly series: (selector: string) => Promise<Labels[]>;
  readonly target: () => Promise<Target>;
  /** Prometheus's metrics on itself. */
  readonly own: () => Promise<Samples>;
  /** Lines of its log that are no mere information. */
  readonly complaints: () => string[];
}

/** Starts one with a directory of its own, on a free port of loopback. */
export async function startPrometheus(url: string): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'vigia-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, configFor(new URL(url).host));
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ];
  const program = join(TOOLS, 'prometheus');
  const child = endWithTests(spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] }));
  const ended = once(child, 'exit');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const dispose = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const own = await until('Prometheus to be ready', () => {
      if (child.exitCode !== null) throw new Error(log);
      const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
      return /msg="Server is ready/.test(log) && address ? `http://${address}` : undefined;
    });
    return prometheusAt(own, () => log, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What promtool finds wrong with a scrape in Prometheus's text format; nothing if it is clean. */
export async function checkMetrics(text: string): Promise<string> {
  return await new Promise((resolve) => {
    const args = ['check', 'metrics'];
    const child = execFile(join(TOOLS, 'promtool'), args, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error && stdout + stderr === '' ? error.message : ''}`),
    );
    child.stdin?.end(text);
  });
}

function configFor(target: string): string {
  return `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: vigia
    static_configs: [{ targets: ['${target}'] }]
`;
}

function prometheusAt(url: string, log: () => string, dispose: () => Promise<void>): Prometheus {
  const api = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { data, error } = (await answer.json()) as { data: T; error?: string };
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
  return {
    query,
    number: async (promql) => {
      const [answer, ...others] = await query(promql);
      if (answer === undefined || others.length > 0)
        throw new Error(`${promql}: want one answer: ${JSON.stringify([answer, ...others])}`);
      return answer.reading;
    },
    series: (selector) => api<Labels[]>('series', { 'match[]': selector }),
    target: async () => {
      const { activeTargets } = await api<{ activeTargets: readonly Target[] }>('targets');
      const [target] = activeTargets;
      if (target === undefined) throw new Error('Prometheus has no target');
      return target;
    },
    own: async () => new Samples(await (await fetch(`${url}/metrics`)).text()),
    complaints: () =>
      log()
        .split('\n')
        .filter((line) => / level=(?:warn|error) /.test(line)),
    [Symbol.asyncDispose]: dispose,
  };
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [time: number, reading: string];
  }[];
}

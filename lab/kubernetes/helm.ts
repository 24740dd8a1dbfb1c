import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import { ROOT, TOOLS } from '../process/checkout.ts';

export const CHART: string = join(ROOT, 'deploy/helm/vigia');
const HELM = join(TOOLS, 'helm');

/** A rendered Kubernetes object. Each test knows the fields it needs. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on the kind
  readonly [field: string]: any;
}

/** The chart's own sets of values, by name. */
export const VALUE_SETS: readonly string[] = readdirSync(join(CHART, 'ci')).map((file) =>
  file.replace('-values.yaml', ''),
);

export function valuesOf(set: string): string {
  return `--values=${join(CHART, 'ci', `${set}-values.yaml`)}`;
}

/** Runs helm. Throws an error with its output. */
export async function helm(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return (await promisify(execFile)(HELM, [...args], { env })).stdout;
}

export async function render(...flags: readonly string[]): Promise<Manifest[]> {
  return await renderChart(CHART, ...flags);
}

export async function renderChart(chart: string, ...flags: readonly string[]): Promise<Manifest[]> {
  const text = await helm('template', 'vigia', chart, '--namespace=vigia', ...flags);
  return loadAll(text).filter((object) => object !== null) as Manifest[];
}

/** Runs a function with a copy of the chart that contains only these rules and dashboards. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  work: (chart: string) => Promise<T>,
): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'vigia-chart-'));
  try {
    cpSync(CHART, copy, { recursive: true });
    for (const kind of ['rules', 'dashboards'])
      rmSync(join(copy, 'files', kind), { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(copy, 'files', name)), { recursive: true });
      writeFileSync(join(copy, 'files', name), text);
    }
    return await work(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

export function find(objects: readonly Manifest[], kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`want one ${kind}, got ${found.length}`);
  return first;
}

/** Plain text environment variables by name. */
export function environmentOf(container: {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}): ReadonlyMap<string, string | undefined> {
  return new Map(container.env.map(({ name, value: text }) => [name, text]));
}

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';

export const ROOT: string = join(import.meta.dirname, '../..');
export const CHART: string = join(ROOT, 'deploy/helm/vigia');
const HELM = join(ROOT, 'build/tools/helm');

/** What is rendered: an object of Kubernetes, of which each test knows its part. */
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

/** Runs helm; throws with what it said. */
export async function helm(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return (await promisify(execFile)(HELM, [...args], { env })).stdout;
}

export async function render(...flags: readonly string[]): Promise<Manifest[]> {
  const text = await helm('template', 'vigia', CHART, '--namespace=vigia', ...flags);
  return loadAll(text).filter((object) => object !== null) as Manifest[];
}

export function find(objects: readonly Manifest[], kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`want one ${kind}, got ${found.length}`);
  return first;
}

/** Its environment by name, as far as it is plain text. */
export function environmentOf(container: {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}): ReadonlyMap<string, string | undefined> {
  return new Map(container.env.map(({ name, value: text }) => [name, text]));
}
